#include "textflag.h"

DATA comma<>+0x00(SB)/8, $0x2c2c2c2c2c2c2c2c
DATA comma<>+0x08(SB)/8, $0x2c2c2c2c2c2c2c2c
GLOBL comma<>(SB), RODATA|NOPTR, $16

DATA quote<>+0x00(SB)/8, $0x2222222222222222
DATA quote<>+0x08(SB)/8, $0x2222222222222222
GLOBL quote<>(SB), RODATA|NOPTR, $16

// sixteen sets the bits of 16 bytes of the text in two words.
#define sixteen(at, commas, quotes) \
	MOVOU    at(SI), X2 \
	MOVO     X2, X3     \
	PCMPEQB  X0, X2     \
	PCMPEQB  X1, X3     \
	PMOVMSKB X2, commas \
	PMOVMSKB X3, quotes

// below puts words in place, below those that were found before.
#define below(commas, quotes) \
	SHLQ $16, AX    \
	SHLQ $16, BX    \
	ORQ  commas, AX \
	ORQ  quotes, BX

// func find(text *[64]byte) (commas, quotes uint64)
TEXT ·find(SB), NOSPLIT, $0-24
	MOVQ  text+0(FP), SI
	MOVOU comma<>(SB), X0
	MOVOU quote<>(SB), X1
	sixteen(48, AX, BX)
	sixteen(32, R8, R9)
	below(R8, R9)
	sixteen(16, R10, R11)
	below(R10, R11)
	sixteen(0, R12, R13)
	below(R12, R13)
	MOVQ  AX, commas+8(FP)
	MOVQ  BX, quotes+16(FP)
	RET
