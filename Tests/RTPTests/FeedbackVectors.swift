/// Feedback packets made by an encoder that chooses its chunks at random, and the arrivals they tell.
struct FeedbackVector: Sendable {
    var datagram: [UInt8]
    var base: UInt16
    var referenceTime: Int32
    var arrivals: [Int64?]

    static let all = [
        FeedbackVector(
            datagram: bytes(
                """
                8fcd00050000000100000002000700010000002520011800
                """),
            base: 7, referenceTime: 0,
            arrivals: [
                24
            ]),
        FeedbackVector(
            datagram: bytes(
                """
                8fcd000b0000000100000002fffa00280003e8ae90c40001c4012001c10183f0fdafe593253cd654af4dfad7
                1427a000
                """),
            base: 65530, referenceTime: 1000,
            arrivals: [
                nil, 256253, nil, nil, nil, nil, 256428, 256657, nil, nil, nil, 256804, nil, nil, nil, nil, 256841,
                nil, nil, nil, nil, 256901, 257115, nil, nil, 257199, nil, nil, nil, 257374, nil, nil, nil, nil,
                257451, 257701, 257916, 257936, 257975, 258135,
            ]),
        FeedbackVector(
            datagram: bytes(
                """
                8fcd0015000000010000000200640021fffffd4c40012001e6412001400200010001e9a920014001d9144001
                c400e1644d953e76028b5d869013a54f0ea0207423cbe62352308fef6ae10f121a9a3533ba0d9200c0000000
                """),
            base: 100, referenceTime: -3,
            arrivals: [
                -8604, -8527, -35857, -35739, -35088, -34995, nil, nil, -34861, -34717, -29688, -9450, nil, nil,
                -33994, -4263, -4060, -10681, 10359, -18330, -18224, -17999, -14141, -14115, -40174, -40123, nil,
                -39937, -39924, nil, -68084, nil, -67892,
            ]),
        FeedbackVector(
            datagram: bytes(
                """
                8fcd002200000001000000020000003c7fffffce000140020001eaaaeaa20001e88a00014001400100010001
                40010001e22240030002c88a40010001e8a00c1af691a8aa14584f48d9b4857aa3a50495b678223208cb55cb
                a17970b8aee0a659f9362ab99b29197c8acdf3c139bc59ab420b5a7f6c85a31b39979292eda7cd827941a49a
                f7bd7245a9ac5b68
                """),
            base: 0, referenceTime: 8388607,
            arrivals: [
                nil, 2147486490, 2147484075, nil, 2147461717, 2147466925, 2147487221, 2147477417, 2147446051,
                2147422408, 2147423581, 2147404757, 2147413511, 2147415762, 2147437725, 2147413526, nil, 2147442382,
                nil, 2147421614, 2147398663, nil, 2147396925, nil, 2147407862, 2147382047, nil, 2147388571,
                2147358568, nil, nil, 2147355433, nil, 2147370213, nil, 2147393168, nil, 2147410075, nil, 2147433242,
                2147461023, 2147437242, 2147451985, nil, nil, nil, 2147423971, nil, 2147419274, nil, 2147406348,
                2147437389, 2147413991, nil, 2147411876, 2147441129, nil, 2147419029, 2147442429, nil,
            ]),
        FeedbackVector(
            datagram: bytes(
                """
                8fcd001f0000000100000002ffdc006400004debbfefd0452004bfe3200b0001bfb620032001d551d455bcbf
                9000531c2bc3907c9617eb5e5089e40186baa8a57d119e6fb65d00abc32af38e667f022e872d49cc15c90b99
                9b772b4fc7a6fd4c914a16db4708752b0f1544b835c0e719097dfa8701e9232f21f2812687786976
                """),
            base: 65500, referenceTime: 77,
            arrivals: [
                19795, 19823, 19866, 20061, 20205, 20329, 20479, 20502, 20737, nil, 20831, 20911, 21048, 21276, 21277,
                nil, nil, 21411, nil, 21597, 21765, 21930, 22055, 22072, 22230, 22341, 22523, 22616, 22616, 22787,
                22982, 23024, 23267, 23409, nil, nil, nil, 23511, 23638, 23640, 23686, 23821, 23866, 23939, 24143,
                24164, 24365, 24376, 24529, 24684, nil, 24803, 24846, 24925, 25124, 25290, 25543, 25619, nil, 25764,
                25838, nil, 25860, 26079, nil, 26150, 26158, 26275, 26318, 26333, 26354, 26422, 26606, 26659, nil,
                26851, 27082, 27107, nil, 27116, 27241, 27491, 27626, 27627, 27860, 27895, 27942, nil, nil, 27975,
                nil, 28217, 28346, 28384, 28519, 28639, 28744, nil, 28862, nil,
            ]),
    ]
}
