// What every profile's command does: run, report, judge.

import ArgumentParser
import Foundation

/// Exit statuses beside 0 (all well) and 64 (wrong usage).
enum LoadExit {
    /// The run took place and broke a limit.
    static let limitsBroken = ExitCode(1)
    /// There was nothing to measure: the server is absent, refuses or stalls, or this machine is not up to it.
    static let impossible = ExitCode(2)
    /// Ended by a signal.
    static let interrupted = ExitCode(130)
}

enum ProfileRunner {
    static func run(_ profile: LoadProfile, _ server: ServerOptions) async throws {
        var report: LoadReport
        do {
            let run = LoadRun(profile: profile, options: try server.options())
            Interruption.watch()
            report = try await run.run()
        } catch {
            tell("\(error)")
            throw LoadExit.impossible
        }
        report.violations = server.limits.violations(of: report)
        if let path = server.json { try write(report, to: path) }
        let isEmpty = report.participants.ready + report.participants.lost == 0
        if !isEmpty || report.wasInterrupted { print(ReportText.text(of: report), terminator: "") }
        if isEmpty, !report.wasInterrupted {
            tell(report.participants.failures.max { $0.value < $1.value }?.key ?? "Nobody could join.")
            throw LoadExit.impossible
        }
        if report.wasInterrupted { throw LoadExit.interrupted }
        if !report.violations.isEmpty { throw LoadExit.limitsBroken }
    }

    private static func write(_ report: LoadReport, to path: String) throws {
        do {
            try report.json.write(to: URL(filePath: path))
        } catch {
            tell("The report cannot be written to \(path): \(error.localizedDescription)")
            throw LoadExit.impossible
        }
    }

    private static func tell(_ sentence: String) {
        FileHandle.standardError.write(Data("relais-load: \(sentence)\n".utf8))
    }
}
