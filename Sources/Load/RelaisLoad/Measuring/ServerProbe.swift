// What the system knows of the server's process: CPU time, memory, context switches (proc(5)).

import Basics
import Foundation
import Glibc

/// A process at one moment.
struct ProcessSample: Hashable, Sendable {
    var time: MonotonicTime
    /// User and system time of all its threads, ended ones included. Granularity: a clock tick (10 ms).
    var cpu: Interval
    var residentBytes: Int
    var threads: Int
    /// Of the threads that live now.
    var contextSwitches: Int
}

struct ServerProbe: Sendable {
    let pid: Int32

    /// Nil when the process is gone or not ours to look at.
    func sample(at now: MonotonicTime) -> ProcessSample? {
        guard let stat = try? String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8),
            let usage = ProcessUsage(stat: stat)
        else { return nil }
        let ticksPerSecond = max(1, sysconf(Int32(_SC_CLK_TCK)))
        return ProcessSample(
            time: now, cpu: Interval(nanoseconds: Int64(usage.cpuTicks) * (1_000_000_000 / Int64(ticksPerSecond))),
            residentBytes: usage.residentPages * max(1, sysconf(Int32(_SC_PAGESIZE))), threads: usage.threads,
            contextSwitches: contextSwitches())
    }

    private func contextSwitches() -> Int {
        let tasks = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/\(pid)/task")) ?? []
        return tasks.reduce(0) { total, task in
            let status = (try? String(contentsOfFile: "/proc/\(pid)/task/\(task)/status", encoding: .utf8)) ?? ""
            return total + Self.contextSwitches(status: status)
        }
    }

    /// Sum of the two counters in a `status` file.
    static func contextSwitches(status: String) -> Int {
        status.split(separator: "\n").reduce(0) { total, line in
            guard line.contains("voluntary_ctxt_switches:") else { return total }
            return total + (line.split(whereSeparator: \.isWhitespace).last.flatMap { Int($0) } ?? 0)
        }
    }
}

/// The fields of `/proc/<pid>/stat` that matter here.
struct ProcessUsage: Hashable, Sendable {
    let cpuTicks: Int
    let threads: Int
    let residentPages: Int

    /// Nil for a process that has ended and waits for its parent, too. The name of the program may contain spaces and
    /// parentheses: fields are counted behind its last parenthesis.
    init?(stat: String) {
        guard let end = stat.lastIndex(of: ")") else { return nil }
        let fields = stat[stat.index(after: end)...].split(whereSeparator: \.isWhitespace)
        // Field 3 of proc(5) is the first one here.
        guard fields.count > 21, fields[0] != "Z", fields[0] != "X", let user = Int(fields[11]),
            let system = Int(fields[12]),
            let threads = Int(fields[17]),
            let resident = Int(fields[21])
        else { return nil }
        cpuTicks = user + system
        self.threads = threads
        residentPages = resident
    }
}
