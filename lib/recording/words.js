/** What stays in a recording, because it tells nothing of the user and the server. */

/** The members of frames that the client knows. */
const KEYS = new Set(
  (
    'sid pid upgrades pingInterval pingTimeout maxPayload token offset applicationId environment type event data id ' +
    'topic source payload metadata subscriptionId filter returnMode channel memberCount socketId joinedAt ' +
    'targetSocketId error message code status statusCode name reason retryAfter ackId _placeholder num'
  ).split(' '),
);

/** The texts that both ends of the protocol know. */
const VALUES = new Set(
  (
    'event subscribe subscribed unsubscribe error ack auth ping pong connected direct socket database sync websocket ' +
    'polling full diff both channel:join channel:leave channel:publish presence.join presence.leave ' +
    'document.updated document.deleted database.insert database.update database.delete'
  ).split(' '),
);

/**
 * The words of this package's sentences, and those by which the client judges a server's refusal.
 */
const WORDS = new Set(
  `
a aborted above accept acceptable accepted accepts access ack added address aes after again alert algorithm
alternative although an and announce another answeanswered answer answered answers answethe api are array as ascii
asked at attachments attempts auth authenticate authentication authority authorization authorized available away be
because becomes been before begin belongs below bfnrtu big binary bits body breaks broke broken built busy but by
byte bytes ca can cannot cargo cert certificate certificates channel character check chose client close closed
closure cn code come common confirm confirms connect connected connection constraints consumed consumethe content
continuation continue control copy could credential credentials critical curve data deeper default denied did digit
disconnect disconnected does down draws dropped during eacces eai eai_again earlier ecdhe ecdsa econnrefused
econnreset ee ehostunreach else empty encode encoded encoding end ended ends engine enotfound epipe erroan error
errors erroservice errounsupported etimedout event events exceed exceeded exceeds expected expired expires extended
extension failed file first fohas followed for forbid forbidden form found fragment fragments frame from gateway
gave gcm get getaddrinfo given going grant half handlers handshake hang has have head headeheaders header headers
heard heartbeat hexadecimal hold holds host html http https i id identity if ignored in interim intermediate
internal invalid io ip is issue issuecertificate issued issuer it its itself join joined json jws jwt keep key lacks
last latebad later least left length letter letters levels lib like limit limited limits line lines list lists
location login long longer lookup lost maintenance malformed many marked masked match maxmessagebytes may meanings
member message messages method missing more mozilla ms msgpack must name names namespace needs neither nests network
new newethe nhost no none nor normal not nothing nsec number nupgrade object of offered offers oid on one ones only
opcode option options or other others out outside overloaded own packet page parser part password path payload
peeeconnaborted peer pem percent permission permissions permitted piece ping pipe pkcs place please policy polling
port printable private protocol protocols prove proxy query quota random rate reached read ready realtime reason
received reconnection redirect refused refuses removed reported request required requires reserved reset restart
retry revoked right route rsa same sec second seed self send sent serveclosed serveit server serverauth servers
servethe session set sha sid signature signed skipped slow so socket something soon space spaces speak speaks start
starts status string subject subprotocol subscribe subscription such supported switched system take takes test text
than that the their there this thread time timed timeout tls to together token tokens too transport true trusted
trusts try type unauthenticated unauthorized unavailable unconfirmed understood unencrypted unknown unless
unreachable unsubscribe unsupported up upgrade upgrades url usable usage use used user uses utf valid value version
violated violation wait waiting waits was websocket were where which while whose with within without write written
xn
`.split(/\s/),
);

export { KEYS, VALUES, WORDS };
