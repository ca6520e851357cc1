#include "textflag.h"

DATA sought<>+0x00(SB)/8, $0x2c2c2c2c2c2c2c2c
DATA sought<>+0x08(SB)/8, $0x2c2c2c2c2c2c2c2c
DATA sought<>+0x10(SB)/8, $0x2222222222222222
DATA sought<>+0x18(SB)/8, $0x2222222222222222
DATA sought<>+0x20(SB)/8, $0x0a0a0a0a0a0a0a0a
DATA sought<>+0x28(SB)/8, $0x0a0a0a0a0a0a0a0a
GLOBL sought<>(SB), RODATA|NOPTR, $48

// The first letter, and how many follow it.
DATA letters<>+0x00(SB)/8, $0x5e20
GLOBL letters<>(SB), RODATA|NOPTR, $8

// sixteen puts the bits of 16 bytes of the text in three words, below those that were found before.
#define sixteen(at) \
	MOVOU    at(SI), X3 \
	MOVO     X3, X4     \
	MOVO     X3, X5     \
	PCMPEQB  X0, X3     \
	PCMPEQB  X1, X4     \
	PCMPEQB  X2, X5     \
	PMOVMSKB X3, R8     \
	PMOVMSKB X4, R9     \
	PMOVMSKB X5, R10    \
	SHLQ     $16, AX    \
	SHLQ     $16, BX    \
	SHLQ     $16, CX    \
	ORQ      R8, AX     \
	ORQ      R9, BX     \
	ORQ      R10, CX

// func find(text *[64]byte) (commas, quotes, lines uint64)
TEXT ·find(SB), NOSPLIT, $0-32
	MOVQ  text+0(FP), SI
	MOVOU sought<>+0x00(SB), X0
	MOVOU sought<>+0x10(SB), X1
	MOVOU sought<>+0x20(SB), X2
	XORL  AX, AX
	XORL  BX, BX
	XORL  CX, CX
	sixteen(48)
	sixteen(32)
	sixteen(16)
	sixteen(0)
	MOVQ  AX, commas+8(FP)
	MOVQ  BX, quotes+16(FP)
	MOVQ  CX, lines+24(FP)
	RET

// func findWide(text *[64]byte) (commas, quotes, lines uint64)
TEXT ·findWide(SB), NOSPLIT, $0-32
	MOVQ         text+0(FP), SI
	VMOVDQU64    (SI), Z0
	VPBROADCASTB sought<>+0x00(SB), Z1
	VPBROADCASTB sought<>+0x10(SB), Z2
	VPBROADCASTB sought<>+0x20(SB), Z3
	VPCMPEQB     Z1, Z0, K1
	VPCMPEQB     Z2, Z0, K2
	VPCMPEQB     Z3, Z0, K3
	KMOVQ        K1, AX
	KMOVQ        K2, BX
	KMOVQ        K3, CX
	MOVQ         AX, commas+8(FP)
	MOVQ         BX, quotes+16(FP)
	MOVQ         CX, lines+24(FP)
	VZEROUPPER
	RET

// func marks(text *[64]byte, separator byte) (separators, quotes, odd uint64)
TEXT ·marks(SB), NOSPLIT, $0-40
	MOVQ         text+0(FP), SI
	VMOVDQU64    (SI), Z0
	VPBROADCASTB separator+8(FP), Z1
	VPBROADCASTB sought<>+0x10(SB), Z2
	VPBROADCASTB letters<>+0x00(SB), Z3
	VPBROADCASTB letters<>+0x01(SB), Z4
	VPCMPEQB     Z1, Z0, K1
	VPCMPEQB     Z2, Z0, K2
	VPSUBB       Z3, Z0, Z5
	VPCMPUB      $6, Z4, Z5, K3 // further from the first than the last is
	KMOVQ        K1, AX
	KMOVQ        K2, BX
	KMOVQ        K3, CX
	MOVQ         AX, separators+16(FP)
	MOVQ         BX, quotes+24(FP)
	MOVQ         CX, odd+32(FP)
	VZEROUPPER
	RET
