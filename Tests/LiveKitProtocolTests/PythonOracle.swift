// Runs the scripts in Oracle/ with a Python that has the LiveKit packages. Where there is none, the tests that need it
// are skipped and say so; Tests/run makes one.

import Foundation

enum PythonOracle {
    static let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Oracle")

    /// RELAIS_TEST_PYTHON, or the environment of the interop tests, or nil.
    static let python: URL? = {
        let named = ProcessInfo.processInfo.environment["RELAIS_TEST_PYTHON"].map { URL(filePath: $0) }
        let ofTests = folder.deletingLastPathComponent().deletingLastPathComponent().appending(path: ".venv/bin/python")
        return [named, ofTests].compactMap { $0 }.first { python in
            (try? run(python, ["-c", "import livekit.protocol, livekit.api"]))?.status == 0
        }
    }()

    static let isAvailable = python != nil
    static let reason: String = "needs a Python with livekit-api: run Tests/run interop once, or set RELAIS_TEST_PYTHON"

    struct Output {
        var status: Int32
        var text: String
        var bytes: Data { Data(text.utf8) }
    }

    /// Runs a script of the folder with `input` on its standard input.
    static func run(script: String, input: Data = Data()) throws -> Output {
        guard let python else { throw CocoaError(.fileNoSuchFile) }
        return try run(python, [folder.appending(path: script).path], input: input)
    }

    private static func run(_ python: URL, _ arguments: [String], input: Data = Data()) throws -> Output {
        let process = Process()
        process.executableURL = python
        process.arguments = arguments
        let (stdin, stdout) = (Pipe(), Pipe())
        process.standardInput = stdin
        process.standardOutput = stdout
        try process.run()
        // A thread of its own: a pipe holds 64 kB, and the script may write before it has read everything.
        Thread.detachNewThread {
            try? stdin.fileHandleForWriting.write(contentsOf: input)
            try? stdin.fileHandleForWriting.close()
        }
        let text = String(decoding: try stdout.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
        process.waitUntilExit()
        return Output(status: process.terminationStatus, text: text)
    }
}
