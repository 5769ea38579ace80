// The page that Relais serves: plain files, embedded in the binary.

internal import CWebClient

/// A file of the web client.
public struct WebAsset: Sendable {
    /// File name, "index.html".
    public var name: String
    public var bytes: [UInt8]

    /// As `Content-Type` states it.
    public var mediaType: String {
        switch name.split(separator: ".").last {
        case "html": "text/html; charset=utf-8"
        case "js": "text/javascript; charset=utf-8"
        case "css": "text/css; charset=utf-8"
        case "svg": "image/svg+xml"
        default: "application/octet-stream"
        }
    }
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
