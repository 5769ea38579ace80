// The memory of one allocation after the other: lists are kept, so that sharing bandwidth allocates nothing.

internal import Basics
internal import Forwarding

struct Allocation: ~Copyable {
    private var allocator = BitrateAllocator()
    private var handles: [SlotHandle] = []
    private var wishes: [PictureWish] = []
    private var targets: [LayerTarget] = []

    var count: Int { handles.count }

    mutating func begin() {
        handles.removeAll(keepingCapacity: true)
        wishes.removeAll(keepingCapacity: true)
    }

    mutating func add(_ wish: PictureWish, of handle: SlotHandle) {
        handles.append(handle)
        wishes.append(wish)
    }

    mutating func allocate(
        budgetBitsPerSecond: Int, lowestBudgetBitsPerSecond: Int, marginPercent: Int
    ) -> AllocationSummary {
        allocator.allocate(
            wishes, budgetBitsPerSecond: budgetBitsPerSecond, lowestBudgetBitsPerSecond: lowestBudgetBitsPerSecond,
            marginPercent: marginPercent, into: &targets)
    }

    func result(_ index: Int) -> (handle: SlotHandle, target: LayerTarget) { (handles[index], targets[index]) }
}
