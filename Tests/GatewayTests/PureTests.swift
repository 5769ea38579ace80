import Testing

@testable import Gateway

@Suite struct RequestTargetTests {
    @Test func pathAndQuery() throws {
        let target = try #require(RequestTarget("//rtc//v1?a=1&b=x%3D%3D&c&a=2&d=p+q%2B"))
        #expect(target.segments == ["rtc", "v1"] && !target.endsWithSlash)
        #expect(target.parameters == ["a": "1", "b": "x==", "c": "", "d": "p q+"])
        #expect(try #require(RequestTarget("/")).endsWithSlash)
        #expect(RequestTarget("/a%2Fb/")?.segments == ["a/b"])
    }

    @Test(arguments: ["", "rtc", "/%zz", "/x?y=%", "/?%ff=1", "*", "http://host/"])
    func whatIsNoTarget(_ text: String) { #expect(RequestTarget(text) == nil) }

    @Test func everyTruncation() {
        let text = "/p%C3%A9/rtc/v1?join_request=AAA%3D&access_token=a.b.c&x=%41"
        for count in 0...text.utf8.count {
            _ = RequestTarget(String(decoding: text.utf8.prefix(count), as: UTF8.self))
        }
    }
}

@Suite struct RouteTests {
    @Test(arguments: [
        ("/rtc", Route.signal(.v0)), ("/rtc/", .signal(.v0)), ("//rtc", .signal(.v0)), ("/livekit/rtc", .signal(.v0)),
        ("/rtc/v1", .signal(.v1)), ("/a/b/rtc/v1", .signal(.v1)),
        ("/rtc/validate", .validate(.v0)), ("/rtc/v1/validate", .validate(.v1)),
        ("/p//rtc/v1/validate", .validate(.v1)),
        ("/healthz", .health), ("/api/v1/rooms/x/tokens", .guestToken(room: "x")),
        ("/p/api/v1/rooms/a%20b/tokens", .guestToken(room: "a b")), ("/rooms/x/tokens", .file("tokens")),
        ("/", .file("")), ("/p/", .file("")), ("/main.js", .file("main.js")), ("/p/main.js", .file("main.js")),
    ])
    func routes(_ text: String, _ route: Route) throws { #expect(Route(try #require(RequestTarget(text))) == route) }
}

@Suite struct MessageAllowanceTests {
    @Test func aBurstIsFreeAndTheRestWaits() {
        var now = ContinuousClock.now
        var allowance = MessageAllowance(burst: 10, perSecond: 5, bytesBurst: 1_000, bytesPerSecond: 1, at: now)
        for _ in 0..<10 { #expect(allowance.take(1, at: now) == .zero) }
        #expect(allowance.take(1, at: now) == .seconds(0.2))
        now += .seconds(0.4)
        #expect(allowance.take(1, at: now) == .zero)
        now += .seconds(3_600)
        var free = 0
        while allowance.take(1, at: now) == .zero { free += 1 }
        #expect(free == 10)
    }

    @Test func fewLargeMessagesWaitAsWell() {
        var now = ContinuousClock.now
        var allowance = MessageAllowance(
            burst: 1_000, perSecond: 1_000, bytesBurst: 10_000, bytesPerSecond: 1_000, at: now)
        #expect(allowance.take(9_000, at: now) == .zero)
        // One that is larger than what is left is read all the same, later.
        #expect(allowance.take(3_000, at: now) == .seconds(2))
        now += .seconds(2)
        #expect(allowance.take(0, at: now) == .zero)
        #expect(allowance.take(500, at: now) == .seconds(0.5))
        now += .seconds(3_600)
        #expect(allowance.take(10_000, at: now) == .zero)
    }
}
