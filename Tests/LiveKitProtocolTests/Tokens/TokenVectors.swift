// Tokens made by the Python SDK (livekit-api) and by PyJWT, with one secret.

import LiveKitProtocol

enum TokenVectors {
    static let key = "APIvectors"
    static let secret = "a secret that has more than 32 bytes"
    static let ring = try! KeyRing([(key: key, secret: secret)])

    /// Valid from 1795461504 to 1795483104.
    static let full = """
        eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJuYW1lIjoiQWxpY2UgXHUwMGM5bWlsaWUiLCJraW5kIjoiYWdlbnQiLCJtZXRhZGF0YSI6\
        IntcIm1cIjoxfSIsInZpZGVvIjp7InJvb21BZG1pbiI6dHJ1ZSwicm9vbUpvaW4iOnRydWUsInJvb20iOiJhdGVsaWVyIiwiY2FuUHVibGlza\
        CI6dHJ1ZSwiY2FuU3Vic2NyaWJlIjpmYWxzZSwiY2FuUHVibGlzaERhdGEiOnRydWUsImNhblB1Ymxpc2hTb3VyY2VzIjpbImNhbWVyYSIsIn\
        NjcmVlbl9zaGFyZV9hdWRpbyJdLCJjYW5VcGRhdGVPd25NZXRhZGF0YSI6dHJ1ZSwiaGlkZGVuIjp0cnVlLCJjYW5TdWJzY3JpYmVNZXRyaWN\
        zIjp0cnVlfSwiYXR0cmlidXRlcyI6eyJsYW5nIjoiZnIiLCJoYW5kIjoidXAifSwic3ViIjoiYWxpY2UiLCJpc3MiOiJBUEl2ZWN0b3JzIiwi\
        bmJmIjoxNzk1NDYxNTA0LCJleHAiOjE3OTU0ODMxMDR9.bdBzd50BGeBLuvT7VWPRaaqpcgKUu6z65NcwFFJNUw4
        """
    static let notBefore: Int64 = 1_795_461_504
    static let expires: Int64 = 1_795_483_104

    /// The least a participant needs; the same times.
    static let plain = """
        eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJ2aWRlbyI6eyJyb29tSm9pbiI6dHJ1ZSwicm9vbSI6ImF0ZWxpZXIiLCJjYW5QdWJsaXNo\
        Ijp0cnVlLCJjYW5TdWJzY3JpYmUiOnRydWUsImNhblB1Ymxpc2hEYXRhIjp0cnVlfSwic3ViIjoiYm9iIiwiaXNzIjoiQVBJdmVjdG9ycyIsI\
        m5iZiI6MTc5NTQ2MTUwNCwiZXhwIjoxNzk1NDgzMTA0fQ.Q7gvpZA8bU-EzdeCJlFdogUXm8LsPWCj8qEeetPqqcw
        """

    /// `attributes` has a null value, as some issuers write them. Valid from 1795448174 to 1795469774.
    static let nullAttribute = """
        eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJpc3MiOiJBUEl2ZWN0b3JzIiwic3ViIjoibWVldCIsIm5hbWUiOiJNIiwibmJmIjoxNzk1N\
        DQ4MTc0LCJleHAiOjE3OTU0Njk3NzQsInZpZGVvIjp7InJvb21Kb2luIjp0cnVlLCJyb29tIjoiciIsImNhblB1Ymxpc2hTb3VyY2VzIjpbIm\
        NhbWVyYSJdfSwiYXR0cmlidXRlcyI6eyJyb29tX3JvbGUiOm51bGwsImNvbG9yIjoicmVkIn19.7HKuRU2rPwwhYivGUisGW6MDMXPHgCdSnl\
        BXRH88yfM
        """

    /// `alg: none` with an empty signature.
    static let unsigned = """
        eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0.eyJpc3MiOiJBUEl2ZWN0b3JzIiwic3ViIjoibWVldCIsIm5hbWUiOiJNIiwibmJmIjoxNzk1ND\
        Q4MTc0LCJleHAiOjE3OTU0Njk3NzQsInZpZGVvIjp7InJvb21Kb2luIjp0cnVlLCJyb29tIjoiciIsImNhblB1Ymxpc2hTb3VyY2VzIjpbImN\
        hbWVyYSJdfSwiYXR0cmlidXRlcyI6eyJyb29tX3JvbGUiOm51bGwsImNvbG9yIjoicmVkIn19.
        """
}
