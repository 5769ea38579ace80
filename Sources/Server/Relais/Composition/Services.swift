// The parts of the server that run for its whole life, beside the gateway.

import Foundation
import Logging
import MediaInterface
import MediaRuntime
import Rooms
import ServiceLifecycle

/// Keeps the media threads until everything else has ended.
struct MediaService: Service, CustomStringConvertible {
    let pool: MediaPool
    var description: String { "MediaService" }

    func run() async throws {
        try? await gracefulShutdown()
        pool.stop()
        await pool.finished()
    }
}

/// Carries events of the media threads to the rooms, one task for each thread.
struct MediaEventService: Service, CustomStringConvertible {
    let pool: MediaPool
    let directory: RoomDirectory
    let logger: Logger
    var description: String { "MediaEventService" }

    func run() async throws {
        await cancelWhenGracefulShutdown {
            await withTaskGroup { group in
                for thread in pool.threads {
                    group.addTask { await carry(from: thread) }
                }
            }
        }
    }

    private func carry(from thread: MediaThread) async {
        for await batch in thread.events {
            await directory.receive(batch.events)
            // Messages are gone; who is connected and who is not, the thread can tell again.
            if batch.lostEventCount > batch.lostMessageCount { _ = thread.commands.post([.tellState]) }
            if batch.lostEventCount > 0 || batch.lostMessageCount > 0 {
                logger.error(
                    "the rooms are reached too slowly from their media thread, events were lost",
                    metadata: [
                        "thread": "\(thread.index)", "events": "\(batch.lostEventCount)",
                        "messages": "\(batch.lostMessageCount)",
                    ])
            }
        }
    }
}

/// The first to stop: tells everybody to come back, while the doors still stand open for the words.
struct FarewellService: Service, CustomStringConvertible {
    let directory: RoomDirectory
    var description: String { "FarewellService" }

    func run() async throws {
        try? await gracefulShutdown()
        await directory.shutDown()
    }
}
