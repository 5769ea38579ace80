// The page that Relais serves: plain files, embedded in the binary.

internal import CWebClient

/// A file of the web client.
public struct WebAsset: Sendable {
    /// File name, "index.html".
    public var name: String
    public var bytes: [UInt8]
}

public enum WebClient {
    /// All files, in the order of their names.
    public static let assets: [WebAsset] = {
        var assets: [WebAsset] = []
        while let asset = unsafe relais_web_asset_at(assets.count)?.pointee {
            assets.append(
                unsafe WebAsset(
                    name: String(cString: asset.name),
                    bytes: Array(UnsafeBufferPointer(start: asset.bytes, count: asset.count))))
        }
        return assets
    }()
}
