"""Every number a stranger can push on, each with its reason.

Law: a limit is named here or it does not exist. Source: PROTOCOL sections 1 to 5 and 12.
"""

from typing import Final

KIB: Final = 1024
MIB: Final = 1024 * KIB
GIB: Final = 1024 * MIB

# Numbers
MAX_INT: Final = 2**53 - 1  # the largest integer every JSON reader keeps exact (I-JSON)
HASH: Final = 32  # SHA-256; any other length is refused

# Records
MAX_ENVELOPE: Final = 32_768  # salt and content; longer bodies are blobs, so a frame always holds an entry
SALT: Final = 16  # unguessable commitment after erasure
HEADER: Final = 46  # fixed, so hashing a header never parses it
JSON_DEPTH: Final = 16  # deep enough for every record, shallow enough for every parser's stack
RESTRICTED_PAD: Final = 512  # lengths of private records tell little
MAX_INDEX: Final = 2**40  # entries in one feed: more than any organisation writes, and fits a row key

# Fields of records (an envelope bounds them all; these keep one field from eating a page)
MAX_WORD: Final = 64  # characters in a value of an open list: a label, not a sentence
MAX_KEY: Final = 32  # characters in the key of an ask, an activity, an option
MAX_LINE: Final = 200  # characters in a title or a name: one line on a phone is a quarter of it
MAX_TEXT: Final = 4_000  # characters in a text field: two printed pages
MAX_BODY: Final = 24_000  # characters in an artifact's body; longer ones are blobs
MAX_URL: Final = 2_000  # characters; what browsers and proxies carry
MAX_LANGUAGES: Final = 24  # translations of one text inside one record
MAX_ITEMS: Final = 50  # asks, activities, attachments … in one record: more is another pitch
MAX_AUDIENCE: Final = 500  # nodes a restricted record names; each is owed the envelope

# Keyring
MAX_KEYRING: Final = 16_000  # all notes of a node; travels in every handshake, so it must fit one message
KEYRING_RECOVERY_RESERVE: Final = 4_000  # a stolen feed key must not fill the room recovery needs
MAX_RECOVERY_KEYS: Final = 16  # a board of trustees, not a parliament
MAX_EPOCHS: Final = 16  # feeds one node may open; each costs every holder a table row

# Notes
MAX_NOTE: Final = 64 * KIB  # a keyring note or a checkpoint with every cosignature is far below it
MAX_NOTE_SIGNATURES: Final = 100  # lines looked at in one note; signed-note asks for at least 16

# Proofs
MAX_PROOF: Final = 64  # a tree of 2^53 leaves needs 53; checked before the loop
MAX_COSIGNATURES: Final = 16  # in one receipt
MAX_RECEIPT: Final = 96 * KIB  # base64 of an envelope and a keyring, a path and a cosigned checkpoint

# Frames
MAX_MESSAGE: Final = 65_535  # one Noise message
MAX_FRAME: Final = 65_519  # a Noise message less its 16-byte tag
CBOR_DEPTH: Final = 4  # array of entries of pairs of bytes
CHUNK: Final = 256  # entries a chunk at most; never crosses a multiple of it
ENTRY_OVERHEAD: Final = 56  # bytes an entry costs in a CHUNK besides its envelope
MAX_ENVELOPES: Final = MAX_FRAME // ENTRY_OVERHEAD  # items one ENVELOPES may hold, by that count
MAX_FETCH: Final = 256  # indexes one FETCH may name
MAX_CHANGES: Final = 1_000  # feeds one CHANGES or one NOTE may name
MAX_ERR_TEXT: Final = 200  # bytes of text in ERR

# Blobs
PIECE: Final = 49_152  # one verifiable piece; fits a frame with its proof
MAX_BLOB: Final = 64 * MIB  # an hour of speech; more belongs on a video host

# Connections
HANDSHAKE_SECONDS: Final = 5  # three messages; a slow reader does not hold a slot
MAX_FEATURES: Final = 64  # words a later version may say in the handshake; none in version 1
HANDSHAKES_PER_MINUTE: Final = 10  # from one node id
HANDSHAKES_AT_ONCE: Final = 3  # from one /24 or /48; loopback exempt
FRAMES_PER_SECOND: Final = 200  # each way, a connection
BYTES_PER_SECOND: Final = 2 * MIB  # each way, a connection
BURST: Final = 4  # seconds' worth of frames and bytes that may come at once
PINNED_FACTOR: Final = 10  # a pinned peer's frames and bytes may be this many times more
NAMES_PER_SECOND: Final = 2_000  # feeds and indexes named, each way, a connection: some ms of work a second
NAMES_BURST: Final = 20_000  # names at once: a first SINCE of 10,000 feeds and as many NOTEs; pinned alike
FRAMES_SHARE: Final = 0.025  # seconds of the event loop that frames of all connections together may take …
SHARE_WINDOW: Final = 0.1  # … of any such time: pages have the rest
MAX_CHECKS: Final = 64  # heads of one peer asked for at once because its tags differ: below MAX_PENDING
MAX_WANTS: Final = 4  # outstanding requests a peer: keeps the pipe full without a queue
PING_SECONDS: Final = 25  # below the idle limit of every proxy in common use
SILENCE_SECONDS: Final = 60  # then the connection is dead
MAX_CONNECTION_SECONDS: Final = 24 * 3600  # the dialler reconnects: fresh keys
MAX_CONNECTION_MESSAGES: Final = 2**32  # far below the nonce space
MAX_CONNECTIONS: Final = 64  # sockets a small machine serves; half are kept for own dials
MAX_DIALLED: Final = 8  # own dials to peers at once
MAX_KNOCKS: Final = 100  # strangers remembered, one a node id
MAX_HEARD: Final = 50_000  # times at which peers said what they hold: days of a busy network in 3 MiB
MAX_FEEDS: Final = 10_000  # feeds held, nearer hops first
INVITE_DAYS: Final = 14  # then it must be asked for again
MAX_INVITE_CODE: Final = 2_000  # characters; fits one QR code
MAX_REACHED: Final = 32  # own addresses remembered, withheld ones among them: machines move, slowly
MAX_PUBLISHED: Final = (
    8  # addresses published and, of another's profile, looked at: each may cost others a dial
)
MAX_RESOLVED: Final = 2  # addresses dialled of one name another node gives: one of each family
MAX_ADDRESSES: Final = 8  # further addresses in one invite; each may cost a dial
INVITE_BYTES: Final = 16  # 128 bits: not guessable online or off
SEND_QUEUE_BYTES: Final = 8 * MIB  # what may wait for a slow reader before it is let go
SEND_QUEUE_LOW: Final = MIB  # below it the next answer is read from the store
MAX_INGESTS: Final = 16  # frames of one connection being stored: half of them wait while half are written
MAX_REMEMBERED: Final = 4_096  # node ids whose recent handshakes are counted; the oldest are forgotten

# Back-off of dialling, seconds
REDIAL_FIRST: Final = 1
REDIAL_MAX: Final = 300
OFFENCE_FIRST: Final = 60
OFFENCE_MAX: Final = 3_600

# Sync
MAX_PENDING: Final = (
    64  # requests of one peer that wait for their answer; what it sends beyond them waits unread
)
MAX_KEYRING_WANTS: Final = 32  # outstanding KEYRING_WANTs a peer: below what it reads before it has answered
TICK_SECONDS: Final = 1  # how often deadlines are looked at while something is under way
STALL_SECONDS: Final = 5  # a source that gives nothing for this long loses the feed
JOIN_SECONDS: Final = 30  # neither evidence nor a join by then is an offence
RESYNC_SECONDS: Final = 300  # SINCE with one random peer
FULL_RESYNC_SECONDS: Final = 24 * 3600  # SINCE null with one peer
COSIGN_SECONDS: Final = 60  # at most one cosignature a feed in this time
