#include "textflag.h"

// SHA-256 of two padded messages at once, with the instructions for SHA of
// x86-64 (FIPS 180-4, section 6.2.2). Four rounds wait for one another; those of
// the other message fill the wait.
//
// X1, X2: words a, b, e, f and c, d, g, h of the first; X3 to X6 its schedule.
// X8, X9 and X10 to X13: those of the second. X0: what SHA256RNDS2 adds.

DATA order<>+0x00(SB)/8, $0x0405060700010203
DATA order<>+0x08(SB)/8, $0x0c0d0e0f08090a0b
GLOBL order<>(SB), RODATA|NOPTR, $16

// The initial value: f, e, b, a and h, g, d, c.
DATA initial<>+0x00(SB)/8, $0x510e527f9b05688c
DATA initial<>+0x08(SB)/8, $0x6a09e667bb67ae85
DATA initial<>+0x10(SB)/8, $0x1f83d9ab5be0cd19
DATA initial<>+0x18(SB)/8, $0x3c6ef372a54ff53a
GLOBL initial<>(SB), RODATA|NOPTR, $32

DATA k<>+0x00(SB)/8, $0x71374491428a2f98
DATA k<>+0x08(SB)/8, $0xe9b5dba5b5c0fbcf
DATA k<>+0x10(SB)/8, $0x59f111f13956c25b
DATA k<>+0x18(SB)/8, $0xab1c5ed5923f82a4
DATA k<>+0x20(SB)/8, $0x12835b01d807aa98
DATA k<>+0x28(SB)/8, $0x550c7dc3243185be
DATA k<>+0x30(SB)/8, $0x80deb1fe72be5d74
DATA k<>+0x38(SB)/8, $0xc19bf1749bdc06a7
DATA k<>+0x40(SB)/8, $0xefbe4786e49b69c1
DATA k<>+0x48(SB)/8, $0x240ca1cc0fc19dc6
DATA k<>+0x50(SB)/8, $0x4a7484aa2de92c6f
DATA k<>+0x58(SB)/8, $0x76f988da5cb0a9dc
DATA k<>+0x60(SB)/8, $0xa831c66d983e5152
DATA k<>+0x68(SB)/8, $0xbf597fc7b00327c8
DATA k<>+0x70(SB)/8, $0xd5a79147c6e00bf3
DATA k<>+0x78(SB)/8, $0x1429296706ca6351
DATA k<>+0x80(SB)/8, $0x2e1b213827b70a85
DATA k<>+0x88(SB)/8, $0x53380d134d2c6dfc
DATA k<>+0x90(SB)/8, $0x766a0abb650a7354
DATA k<>+0x98(SB)/8, $0x92722c8581c2c92e
DATA k<>+0xa0(SB)/8, $0xa81a664ba2bfe8a1
DATA k<>+0xa8(SB)/8, $0xc76c51a3c24b8b70
DATA k<>+0xb0(SB)/8, $0xd6990624d192e819
DATA k<>+0xb8(SB)/8, $0x106aa070f40e3585
DATA k<>+0xc0(SB)/8, $0x1e376c0819a4c116
DATA k<>+0xc8(SB)/8, $0x34b0bcb52748774c
DATA k<>+0xd0(SB)/8, $0x4ed8aa4a391c0cb3
DATA k<>+0xd8(SB)/8, $0x682e6ff35b9cca4f
DATA k<>+0xe0(SB)/8, $0x78a5636f748f82ee
DATA k<>+0xe8(SB)/8, $0x8cc7020884c87814
DATA k<>+0xf0(SB)/8, $0xa4506ceb90befffa
DATA k<>+0xf8(SB)/8, $0xc67178f2bef9a3f7
GLOBL k<>(SB), RODATA|NOPTR, $256

// rounds does four rounds of both with the words a and b. The upper two of what it
// adds come back by way of memory: the part of the processor that moves words within
// a register is the one that does the rounds.
#define rounds(at, a, b) \
	MOVOU k<>+at(SB), X0     \
	MOVO X0, X14             \
	PADDD a, X0              \
	PADDD b, X14             \
	MOVOU X0, 64(SP)         \
	MOVOU X14, 80(SP)        \
	SHA256RNDS2 X0, X1, X2   \
	MOVO X14, X0             \
	SHA256RNDS2 X0, X8, X9   \
	MOVQ 72(SP), X0          \
	SHA256RNDS2 X0, X2, X1   \
	MOVQ 88(SP), X0          \
	SHA256RNDS2 X0, X9, X8

// schedule makes the four words that follow now in the place of the oldest four.
#define schedule(oldest, older, before, now, room) \
	SHA256MSG1 older, oldest    \
	MOVO now, room              \
	PALIGNR $4, before, room    \
	PADDD room, oldest          \
	SHA256MSG2 now, oldest

#define both(at, a0, a1, a2, a3, b0, b1, b2, b3) \
	rounds(at, a3, b3)           \
	schedule(a0, a1, a2, a3, X7) \
	schedule(b0, b1, b2, b3, X14)

// digest stores the digest of a state.
#define digest(abef, cdgh, room, into) \
	PSHUFD $0x1b, abef, abef   \
	PSHUFD $0xb1, cdgh, cdgh   \
	MOVO abef, room            \
	PBLENDW $0xf0, cdgh, room  \
	PALIGNR $8, abef, cdgh     \
	PSHUFB X15, room           \
	PSHUFB X15, cdgh           \
	MOVOU room, (into)         \
	MOVOU cdgh, 16(into)

// func sum2(a, b *byte, blocks int, sumA, sumB *[32]byte)
TEXT ·sum2(SB), NOSPLIT, $96-40
	MOVQ  a+0(FP), SI
	MOVQ  b+8(FP), DI
	MOVQ  blocks+16(FP), CX
	MOVQ  sumA+24(FP), R8
	MOVQ  sumB+32(FP), R9
	MOVOU order<>(SB), X15
	MOVOU initial<>+0x00(SB), X1
	MOVOU initial<>+0x10(SB), X2
	MOVO  X1, X8
	MOVO  X2, X9

block:
	MOVOU X1, 0(SP)
	MOVOU X2, 16(SP)
	MOVOU X8, 32(SP)
	MOVOU X9, 48(SP)

	MOVOU  0(SI), X3
	MOVOU  0(DI), X10
	PSHUFB X15, X3
	PSHUFB X15, X10
	rounds(0x00, X3, X10)
	MOVOU  16(SI), X4
	MOVOU  16(DI), X11
	PSHUFB X15, X4
	PSHUFB X15, X11
	rounds(0x10, X4, X11)
	MOVOU  32(SI), X5
	MOVOU  32(DI), X12
	PSHUFB X15, X5
	PSHUFB X15, X12
	rounds(0x20, X5, X12)
	MOVOU  48(SI), X6
	MOVOU  48(DI), X13
	PSHUFB X15, X6
	PSHUFB X15, X13

	both(0x30, X3, X4, X5, X6, X10, X11, X12, X13)
	both(0x40, X4, X5, X6, X3, X11, X12, X13, X10)
	both(0x50, X5, X6, X3, X4, X12, X13, X10, X11)
	both(0x60, X6, X3, X4, X5, X13, X10, X11, X12)
	both(0x70, X3, X4, X5, X6, X10, X11, X12, X13)
	both(0x80, X4, X5, X6, X3, X11, X12, X13, X10)
	both(0x90, X5, X6, X3, X4, X12, X13, X10, X11)
	both(0xa0, X6, X3, X4, X5, X13, X10, X11, X12)
	both(0xb0, X3, X4, X5, X6, X10, X11, X12, X13)
	both(0xc0, X4, X5, X6, X3, X11, X12, X13, X10)
	both(0xd0, X5, X6, X3, X4, X12, X13, X10, X11)
	both(0xe0, X6, X3, X4, X5, X13, X10, X11, X12)
	rounds(0xf0, X6, X13)

	MOVOU 0(SP), X7
	MOVOU 16(SP), X14
	PADDD X7, X1
	PADDD X14, X2
	MOVOU 32(SP), X7
	MOVOU 48(SP), X14
	PADDD X7, X8
	PADDD X14, X9

	ADDQ $64, SI
	ADDQ $64, DI
	DECQ CX
	JNZ  block

	digest(X1, X2, X7, R8)
	digest(X8, X9, X14, R9)
	RET

// func instructions() bool
TEXT ·instructions(SB), NOSPLIT, $0-1
	MOVB  $0, ret+0(FP)
	XORL  AX, AX
	CPUID
	CMPL  AX, $7
	JLT   done
	MOVL  $1, AX
	XORL  CX, CX
	CPUID
	ANDL  $0x00080200, CX // SSSE3 and SSE4.1
	CMPL  CX, $0x00080200
	JNE   done
	MOVL  $7, AX
	XORL  CX, CX
	CPUID
	BTL   $29, BX         // SHA
	JCC   done
	MOVB  $1, ret+0(FP)

done:
	RET

// SHA-256 of sixteen padded messages at once, one in each 32-bit word of the wide
// registers of AVX-512 (FIPS 180-4, section 6.2.2).
//
// Z0 to Z7: a to h. Z16 to Z31: the schedule, of which each word makes room for the one
// sixteen later. Z8 to Z15: room.

// The initial value: a to h.
DATA begin<>+0x00(SB)/8, $0xbb67ae856a09e667
DATA begin<>+0x08(SB)/8, $0xa54ff53a3c6ef372
DATA begin<>+0x10(SB)/8, $0x9b05688c510e527f
DATA begin<>+0x18(SB)/8, $0x5be0cd191f83d9ab
GLOBL begin<>(SB), RODATA|NOPTR, $32

// four takes 16 bytes of four messages whose numbers are four apart.
#define four(n, at, into, low) \
	MOVQ         (8*(n))(SI), AX                      \
	VMOVDQU      at(AX)(DX*1), low                    \
	MOVQ         (8*(n)+32)(SI), AX                   \
	VINSERTI32X4 $1, at(AX)(DX*1), into, into         \
	MOVQ         (8*(n)+64)(SI), AX                   \
	VINSERTI32X4 $2, at(AX)(DX*1), into, into         \
	MOVQ         (8*(n)+96)(SI), AX                   \
	VINSERTI32X4 $3, at(AX)(DX*1), into, into         \
	VPSHUFB      Z14, into, into

// quarter takes four words of every message, and puts those of one place into one register.
#define quarter(at, w0, w1, w2, w3) \
	four(0, at, Z8, X8)         \
	four(1, at, Z9, X9)         \
	four(2, at, Z10, X10)       \
	four(3, at, Z11, X11)       \
	VPUNPCKLDQ  Z9, Z8, Z12     \
	VPUNPCKHDQ  Z9, Z8, Z13     \
	VPUNPCKLDQ  Z11, Z10, Z8    \
	VPUNPCKHDQ  Z11, Z10, Z9    \
	VPUNPCKLQDQ Z8, Z12, w0     \
	VPUNPCKHQDQ Z8, Z12, w1     \
	VPUNPCKLQDQ Z9, Z13, w2     \
	VPUNPCKHQDQ Z9, Z13, w3

// round is one round with the word w; what was h becomes a.
#define round(a, b, c, d, e, f, g, h, w, at) \
	VPADDD.BCST at(BX), w, Z8      \
	VPRORD      $6, e, Z9          \
	VPRORD      $11, e, Z10        \
	VPRORD      $25, e, Z11        \
	VMOVDQA32   e, Z12             \
	VPTERNLOGD  $0x96, Z9, Z10, Z11 \
	VPTERNLOGD  $0xca, g, f, Z12   \
	VPADDD      Z8, h, h           \
	VPADDD      Z11, Z12, Z12      \
	VPRORD      $2, a, Z9          \
	VPADDD      Z12, h, h          \
	VPRORD      $13, a, Z10        \
	VPRORD      $22, a, Z11        \
	VPADDD      h, d, d            \
	VMOVDQA32   a, Z13             \
	VPTERNLOGD  $0x96, Z9, Z10, Z11 \
	VPTERNLOGD  $0xe8, c, b, Z13   \
	VPADDD      Z11, Z13, Z13      \
	VPADDD      Z13, h, h

// expand makes the word sixteen later in the place of w0.
#define expand(w0, w1, w9, w14) \
	VPRORD     $7, w1, Z9          \
	VPRORD     $18, w1, Z10        \
	VPSRLD     $3, w1, Z11         \
	VPADDD     w9, w0, w0          \
	VPTERNLOGD $0x96, Z9, Z10, Z11 \
	VPRORD     $17, w14, Z12       \
	VPRORD     $19, w14, Z13       \
	VPSRLD     $10, w14, Z15       \
	VPADDD     Z11, w0, w0         \
	VPTERNLOGD $0x96, Z12, Z13, Z15 \
	VPADDD     Z15, w0, w0

// half stores one half of every digest: four words of each message.
#define half(at, w0, w1, w2, w3) \
	VPUNPCKLDQ  w1, w0, Z8      \
	VPUNPCKHDQ  w1, w0, Z9      \
	VPUNPCKLDQ  w3, w2, Z10     \
	VPUNPCKHDQ  w3, w2, Z11     \
	VPUNPCKLQDQ Z10, Z8, Z12    \
	VPUNPCKHQDQ Z10, Z8, Z13    \
	VPUNPCKLQDQ Z11, Z9, Z15    \
	VPUNPCKHQDQ Z11, Z9, Z16    \
	store(0, at, Z12)           \
	store(1, at, Z13)           \
	store(2, at, Z15)           \
	store(3, at, Z16)

// store stores 16 bytes of each of four messages whose numbers are four apart.
#define store(n, at, from) \
	VPSHUFB       Z14, from, from        \
	MOVQ          (8*(n))(DI), AX        \
	VEXTRACTI32X4 $0, from, at(AX)       \
	MOVQ          (8*(n)+32)(DI), AX     \
	VEXTRACTI32X4 $1, from, at(AX)       \
	MOVQ          (8*(n)+64)(DI), AX     \
	VEXTRACTI32X4 $2, from, at(AX)       \
	MOVQ          (8*(n)+96)(DI), AX     \
	VEXTRACTI32X4 $3, from, at(AX)

// func sum16(messages *[16]*byte, blocks int, sums *[16]*[32]byte)
TEXT ·sum16(SB), 0, $512-24
	MOVQ messages+0(FP), SI
	MOVQ blocks+8(FP), CX
	MOVQ sums+16(FP), DI
	XORQ DX, DX
	VBROADCASTI32X4 order<>(SB), Z14
	VPBROADCASTD begin<>+0x00(SB), Z0
	VPBROADCASTD begin<>+0x04(SB), Z1
	VPBROADCASTD begin<>+0x08(SB), Z2
	VPBROADCASTD begin<>+0x0c(SB), Z3
	VPBROADCASTD begin<>+0x10(SB), Z4
	VPBROADCASTD begin<>+0x14(SB), Z5
	VPBROADCASTD begin<>+0x18(SB), Z6
	VPBROADCASTD begin<>+0x1c(SB), Z7

block:
	VMOVDQU32 Z0, 0(SP)
	VMOVDQU32 Z1, 64(SP)
	VMOVDQU32 Z2, 128(SP)
	VMOVDQU32 Z3, 192(SP)
	VMOVDQU32 Z4, 256(SP)
	VMOVDQU32 Z5, 320(SP)
	VMOVDQU32 Z6, 384(SP)
	VMOVDQU32 Z7, 448(SP)

	quarter(0, Z16, Z17, Z18, Z19)
	quarter(16, Z20, Z21, Z22, Z23)
	quarter(32, Z24, Z25, Z26, Z27)
	quarter(48, Z28, Z29, Z30, Z31)

	LEAQ k<>(SB), BX
	round(Z0, Z1, Z2, Z3, Z4, Z5, Z6, Z7, Z16, 0)
	round(Z7, Z0, Z1, Z2, Z3, Z4, Z5, Z6, Z17, 4)
	round(Z6, Z7, Z0, Z1, Z2, Z3, Z4, Z5, Z18, 8)
	round(Z5, Z6, Z7, Z0, Z1, Z2, Z3, Z4, Z19, 12)
	round(Z4, Z5, Z6, Z7, Z0, Z1, Z2, Z3, Z20, 16)
	round(Z3, Z4, Z5, Z6, Z7, Z0, Z1, Z2, Z21, 20)
	round(Z2, Z3, Z4, Z5, Z6, Z7, Z0, Z1, Z22, 24)
	round(Z1, Z2, Z3, Z4, Z5, Z6, Z7, Z0, Z23, 28)
	round(Z0, Z1, Z2, Z3, Z4, Z5, Z6, Z7, Z24, 32)
	round(Z7, Z0, Z1, Z2, Z3, Z4, Z5, Z6, Z25, 36)
	round(Z6, Z7, Z0, Z1, Z2, Z3, Z4, Z5, Z26, 40)
	round(Z5, Z6, Z7, Z0, Z1, Z2, Z3, Z4, Z27, 44)
	round(Z4, Z5, Z6, Z7, Z0, Z1, Z2, Z3, Z28, 48)
	round(Z3, Z4, Z5, Z6, Z7, Z0, Z1, Z2, Z29, 52)
	round(Z2, Z3, Z4, Z5, Z6, Z7, Z0, Z1, Z30, 56)
	round(Z1, Z2, Z3, Z4, Z5, Z6, Z7, Z0, Z31, 60)
	MOVQ $3, R8

sixteen:
	ADDQ $64, BX
	expand(Z16, Z17, Z25, Z30)
	round(Z0, Z1, Z2, Z3, Z4, Z5, Z6, Z7, Z16, 0)
	expand(Z17, Z18, Z26, Z31)
	round(Z7, Z0, Z1, Z2, Z3, Z4, Z5, Z6, Z17, 4)
	expand(Z18, Z19, Z27, Z16)
	round(Z6, Z7, Z0, Z1, Z2, Z3, Z4, Z5, Z18, 8)
	expand(Z19, Z20, Z28, Z17)
	round(Z5, Z6, Z7, Z0, Z1, Z2, Z3, Z4, Z19, 12)
	expand(Z20, Z21, Z29, Z18)
	round(Z4, Z5, Z6, Z7, Z0, Z1, Z2, Z3, Z20, 16)
	expand(Z21, Z22, Z30, Z19)
	round(Z3, Z4, Z5, Z6, Z7, Z0, Z1, Z2, Z21, 20)
	expand(Z22, Z23, Z31, Z20)
	round(Z2, Z3, Z4, Z5, Z6, Z7, Z0, Z1, Z22, 24)
	expand(Z23, Z24, Z16, Z21)
	round(Z1, Z2, Z3, Z4, Z5, Z6, Z7, Z0, Z23, 28)
	expand(Z24, Z25, Z17, Z22)
	round(Z0, Z1, Z2, Z3, Z4, Z5, Z6, Z7, Z24, 32)
	expand(Z25, Z26, Z18, Z23)
	round(Z7, Z0, Z1, Z2, Z3, Z4, Z5, Z6, Z25, 36)
	expand(Z26, Z27, Z19, Z24)
	round(Z6, Z7, Z0, Z1, Z2, Z3, Z4, Z5, Z26, 40)
	expand(Z27, Z28, Z20, Z25)
	round(Z5, Z6, Z7, Z0, Z1, Z2, Z3, Z4, Z27, 44)
	expand(Z28, Z29, Z21, Z26)
	round(Z4, Z5, Z6, Z7, Z0, Z1, Z2, Z3, Z28, 48)
	expand(Z29, Z30, Z22, Z27)
	round(Z3, Z4, Z5, Z6, Z7, Z0, Z1, Z2, Z29, 52)
	expand(Z30, Z31, Z23, Z28)
	round(Z2, Z3, Z4, Z5, Z6, Z7, Z0, Z1, Z30, 56)
	expand(Z31, Z16, Z24, Z29)
	round(Z1, Z2, Z3, Z4, Z5, Z6, Z7, Z0, Z31, 60)
	DECQ R8
	JNZ  sixteen

	VPADDD 0(SP), Z0, Z0
	VPADDD 64(SP), Z1, Z1
	VPADDD 128(SP), Z2, Z2
	VPADDD 192(SP), Z3, Z3
	VPADDD 256(SP), Z4, Z4
	VPADDD 320(SP), Z5, Z5
	VPADDD 384(SP), Z6, Z6
	VPADDD 448(SP), Z7, Z7
	ADDQ $64, DX
	DECQ CX
	JNZ  block

	half(0, Z0, Z1, Z2, Z3)
	half(16, Z4, Z5, Z6, Z7)
	VZEROUPPER
	RET

// func wide() bool
TEXT ·wide(SB), NOSPLIT, $0-1
	MOVB  $0, ret+0(FP)
	XORL  AX, AX
	CPUID
	CMPL  AX, $7
	JLT   done
	MOVL  $1, AX
	XORL  CX, CX
	CPUID
	BTL   $27, CX         // XGETBV
	JCC   done
	XORL  CX, CX
	XGETBV
	ANDL  $0xe6, AX       // the system keeps all wide registers
	CMPL  AX, $0xe6
	JNE   done
	MOVL  $7, AX
	XORL  CX, CX
	CPUID
	ANDL  $0x40010000, BX // AVX512F and AVX512BW
	CMPL  BX, $0x40010000
	JNE   done
	MOVB  $1, ret+0(FP)

done:
	RET
