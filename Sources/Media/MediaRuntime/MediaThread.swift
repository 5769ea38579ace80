// One media thread as the rest of the process sees it.

public import Basics
internal import CLinux
internal import Glibc
public import MediaCore
public import MediaInterface
internal import Synchronization

/// A system thread that owns one `MediaShard` and one UDP port. Runs until `stop`, even when nobody holds this any more.
public final class MediaThread: Sendable {
    /// Counts from 0.
    public let index: Int
    public let udpPort: UInt16
    /// Where clients reach the port: what to offer as host candidates.
    public let candidates: [SocketAddress]
    public let commands: CommandQueue
    /// What the shard tells; has one reader.
    public let events = EventQueue()
    /// Smallest buffers that the kernel granted to a socket of this thread; a warning is due when they are below
    /// `RuntimeLimits.socketBufferBytes`.
    public let receiveBufferBytes: Int
    public let sendBufferBytes: Int

    private let stopRequested = Atomic<Bool>(false)
    private let load = Atomic<Int>(0)
    private let published = Mutex(SocketStatistics())

    private struct Completion {
        var isFinished = false
        var waiting: [CheckedContinuation<Void, Never>] = []
    }
    private let completion = Mutex(Completion())

    /// Starts the thread.
    ///
    /// - Parameters:
    ///   - port: the thread's own from here on
    ///   - configuration: the shard's, which is made on the thread
    public init(
        index: Int, port: consuming DatagramPort, candidates: [SocketAddress], configuration: MediaShardConfiguration
    ) throws(SystemFailure) {
        self.index = index
        self.candidates = candidates
        udpPort = port.number
        receiveBufferBytes = port.receiveBufferBytes
        sendBufferBytes = port.sendBufferBytes
        commands = try CommandQueue()
        let poller = try Poller()
        try port.watch(with: poller)
        try poller.watch(commands.signal.descriptor, as: .commands)
        try start(try Cargo(thread: self, port: port, poller: poller, configuration: configuration))
    }

    /// Queues a command for the shard; never waits.
    public func submit(_ command: MediaCommand) -> CommandQueue.Verdict { commands.post(command) }

    /// Thousandths of the last second that the thread spent at work.
    public var loadPermille: Int { load.load(ordering: .relaxed) }

    /// Totals of the sockets, as of at most about a second ago.
    public var socketStatistics: SocketStatistics { published.withLock { $0 } }

    // MARK: End

    /// Asks the thread to apply the commands that wait, to send what they make, and to end. Returns at once; commands
    /// posted later are refused.
    public func stop() {
        stopRequested.store(true, ordering: .releasing)
        commands.signal.raise()
    }

    /// Waits until the thread has ended and its port is closed. Call `stop` first.
    public func finished() async {
        await withCheckedContinuation { continuation in
            let isFinished = completion.withLock { completion in
                if !completion.isFinished { completion.waiting.append(continuation) }
                return completion.isFinished
            }
            if isFinished { continuation.resume() }
        }
    }

    var isStopRequested: Bool { stopRequested.load(ordering: .acquiring) }

    func publish(loadPermille: Int, _ statistics: SocketStatistics) {
        load.store(loadPermille, ordering: .relaxed)
        published.withLock { $0 = statistics }
    }

    // MARK: The thread itself

    /// What the new thread takes along, once, and what it tells when it stands.
    private final class Cargo: Sendable {
        struct Goods: ~Copyable, Sendable {
            let port: DatagramPort
            let poller: Poller
        }
        let thread: MediaThread
        let configuration: MediaShardConfiguration
        let goods: Mutex<Goods?>
        let failure = Mutex<SystemFailure?>(nil)
        let stands: WakeSignal

        init(
            thread: MediaThread, port: consuming DatagramPort, poller: consuming Poller,
            configuration: MediaShardConfiguration
        ) throws(SystemFailure) {
            self.thread = thread
            self.configuration = configuration
            goods = Mutex(Goods(port: port, poller: poller))
            stands = try WakeSignal()
        }
    }

    /// Starts the system thread and waits (some milliseconds) until its shard is made.
    private func start(_ cargo: Cargo) throws(SystemFailure) {
        let gate = try Poller()
        try gate.watch(cargo.stands.descriptor, as: .commands)
        let passed = unsafe Unmanaged.passRetained(cargo)
        var identifier = pthread_t()
        let result = unsafe pthread_create(
            &identifier, nil,
            { argument in
                guard let argument = unsafe argument else { return nil }
                let cargo = unsafe Unmanaged<Cargo>.fromOpaque(argument).takeRetainedValue()
                MediaThread.main(cargo)
                return nil
            }, passed.toOpaque())
        guard result == 0 else {
            unsafe passed.release()
            throw .cannotStartThread(errno: result)
        }
        pthread_detach(identifier)
        // Wakes early when a signal interrupts it.
        while !gate.wait(until: .distantFuture, at: .zero).contains(.commands) {}
        if let failure = cargo.failure.withLock({ $0 }) { throw failure }
    }

    private static func main(_ cargo: consuming Cargo) {
        let thread = cargo.thread
        unsafe relais_prepare_thread("relais-media-\(thread.index)")
        run(cargo)
        thread.events.finish()
        let waiting = thread.completion.withLock { completion in
            completion.isFinished = true
            defer { completion.waiting = [] }
            return completion.waiting
        }
        for continuation in waiting { continuation.resume() }
    }

    /// The loop with all that it owns is gone when this returns.
    private static func run(_ cargo: consuming Cargo) {
        guard let goods = cargo.goods.withLock({ $0.take() }) else { return }
        do throws(SystemFailure) {
            var loop = try MediaLoop(
                of: cargo.thread, port: goods.port, poller: goods.poller, configuration: cargo.configuration)
            cargo.stands.raise()
            loop.run()
        } catch {
            cargo.failure.withLock { $0 = error }
            cargo.stands.raise()
        }
    }
}
