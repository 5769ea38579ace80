import Foundation
import Testing
import WebClient

@Suite struct WebClientAssetsTests {
    /// The binary serves what stands in the folder: nothing forgotten, nothing stale.
    @Test func everyFileIsEmbeddedAsItIs() throws {
        let folder = AllowedImportsTests.root.appending(path: "Sources/Server/WebClient/Assets")
        let files = try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
        #expect(Set(files.map(\.lastPathComponent)) == Set(WebClient.assets.map(\.name)))
        for asset in WebClient.assets {
            #expect(try Data(contentsOf: folder.appending(path: asset.name)) == Data(asset.bytes), "\(asset.name)")
        }
    }
}
