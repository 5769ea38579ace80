// swift-tools-version: 6.2
import PackageDescription

// Micro-benchmarks of the media path. A package of its own, so that a build of the server needs none of this.
// Run them here: swift package --allow-writing-to-package-directory benchmark
let package = Package(
    name: "relais-benchmarks",
    platforms: [.macOS(.v26)],
    dependencies: [
        .package(name: "relais", path: ".."),
        .package(url: "https://github.com/ordo-one/benchmark", from: "1.38.1", traits: []),
    ],
    targets: [
        .executableTarget(
            name: "MediaPath",
            dependencies: [
                .product(name: "RelaisMedia", package: "relais"),
                .product(name: "Benchmark", package: "benchmark"),
            ],
            path: "Benchmarks/MediaPath",
            swiftSettings: [.swiftLanguageMode(.v6)],
            plugins: [.plugin(name: "BenchmarkPlugin", package: "benchmark")])
    ]
)
