// libsrtp2 for Swift: the independent oracle of the SRTP tests. The server itself does not link it.
#pragma once
#include <srtp2/srtp.h>
