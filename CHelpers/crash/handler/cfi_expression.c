/* SPDX-License-Identifier: Apache-2.0 */
#ifdef __linux__
#include "uninstrumented_begin.h"

#include "cfi_expression.h"
#include "cfi_reader.h"
#include "checked_load.h"

enum { DEPTH = 32, LENGTH_MAX = 1024, OPERATIONS_MAX = 512 /* jumps go backwards too */ };

enum {
    ADDR = 0x03,
    DEREF = 0x06,
    CONST1U = 0x08,
    CONST1S,
    CONST2U,
    CONST2S,
    CONST4U,
    CONST4S,
    CONST8U,
    CONST8S,
    CONSTU,
    CONSTS,
    DUP,
    DROP,
    OVER,
    PICK,
    SWAP,
    ROT,
    ABS = 0x19,
    AND,
    DIV,
    MINUS,
    MOD,
    MUL,
    NEG,
    NOT,
    OR,
    PLUS,
    PLUS_UCONST,
    SHL,
    SHR,
    SHRA,
    XOR,
    BRA,
    EQ,
    GE,
    GT,
    LE,
    LT,
    NE,
    SKIP,
    LIT0 = 0x30,
    LIT31 = 0x4f,
    REG0,
    REG31 = 0x6f,
    BREG0,
    BREG31 = 0x8f,
    REGX,
    BREGX = 0x92,
    DEREF_SIZE = 0x94,
    NOP = 0x96,
};

typedef struct {
    uint64_t value[DEPTH];
    unsigned depth;
    bool bad; /* too deep, or nothing left */
} operands;

static void push(operands *stack, uint64_t value) {
    if (stack->depth < DEPTH) stack->value[stack->depth++] = value;
    else stack->bad = true;
}

static uint64_t pop(operands *stack) {
    if (stack->depth) return stack->value[--stack->depth];
    stack->bad = true;
    return 0;
}

/* A copy of the `index`th from the top. */
static void pick(operands *stack, uint64_t index) {
    if (index < stack->depth) push(stack, stack->value[stack->depth - 1 - index]);
    else stack->bad = true;
}

static void push_register(operands *stack, const fl_as_frame *frame, uint64_t number, int64_t offset) {
    if (fl_as_knows(frame, number)) push(stack, frame->registers.value[number] + (uint64_t)offset);
    else stack->bad = true;
}

/* `size` bytes as an unsigned number. */
static void load(operands *stack, uint64_t size) {
    uint64_t value, address = pop(stack);
    if (stack->bad || size < 1 || size > 8) {
        stack->bad = true;
        return;
    }
    fl_as_cfi_reader memory = fl_as_cfi_read(address, address + size);
    value = fl_as_cfi_unsigned(&memory, (unsigned)size);
    stack->bad = memory.bad;
    push(stack, value);
}

/* The operations that take one or two values and give one; false: not one of them. */
static bool calculate(uint64_t code, operands *stack) {
    bool one = code == ABS || code == NEG || code == NOT;
    uint64_t b = one ? 0 : pop(stack), a = pop(stack);
    int64_t sa = (int64_t)a, sb = (int64_t)b;
    switch (code) {
    case ABS: a = sa < 0 ? 0 - a : a; break;
    case NEG: a = 0 - a; break;
    case NOT: a = ~a; break;
    case AND: a &= b; break;
    case OR: a |= b; break;
    case XOR: a ^= b; break;
    case PLUS: a += b; break;
    case MINUS: a -= b; break;
    case MUL: a *= b; break;
    case DIV:
        if (b == 0) stack->bad = true;
        else a = sb == -1 ? 0 - a : (uint64_t)(sa / sb); /* the least number has no opposite: it would trap */
        break;
    case MOD:
        if (b == 0) stack->bad = true;
        else a %= b;
        break;
    case SHL: a = b < 64 ? a << b : 0; break;
    case SHR: a = b < 64 ? a >> b : 0; break;
    case SHRA: a = (uint64_t)(sa >> (b < 64 ? b : 63)); break;
    case EQ: a = sa == sb; break;
    case GE: a = sa >= sb; break;
    case GT: a = sa > sb; break;
    case LE: a = sa <= sb; break;
    case LT: a = sa < sb; break;
    case NE: a = sa != sb; break;
    default: return false;
    }
    push(stack, a);
    return true;
}

/* Relative to the operation that follows, and inside the block. */
static void jump(fl_as_cfi_reader *reader, uint64_t begin, int64_t distance) {
    uint64_t to = reader->at + (uint64_t)distance;
    if (to < begin || to > reader->end) reader->bad = true;
    else reader->at = to;
}

static void rotate(operands *stack, unsigned count) {
    if (stack->depth < count) {
        stack->bad = true;
        return;
    }
    uint64_t *top = &stack->value[stack->depth - 1], first = *top;
    for (unsigned i = 1; i < count; i++) top[1 - (int)i] = top[-(int)i];
    top[1 - (int)count] = first;
}

static bool operate(uint64_t code, fl_as_cfi_reader *reader, uint64_t begin, const fl_as_frame *frame,
                    operands *stack) {
    if (code >= LIT0 && code <= LIT31) push(stack, code - LIT0);
    else if (code >= REG0 && code <= REG31) push_register(stack, frame, code - REG0, 0);
    else if (code >= BREG0 && code <= BREG31) push_register(stack, frame, code - BREG0, fl_as_cfi_sleb(reader));
    else switch (code) {
        case NOP: break;
        case ADDR: push(stack, fl_as_cfi_unsigned(reader, 8)); break;
        case CONST1U: push(stack, fl_as_cfi_byte(reader)); break;
        case CONST1S: push(stack, (uint64_t)fl_as_cfi_signed(reader, 1)); break;
        case CONST2U: push(stack, fl_as_cfi_unsigned(reader, 2)); break;
        case CONST2S: push(stack, (uint64_t)fl_as_cfi_signed(reader, 2)); break;
        case CONST4U: push(stack, fl_as_cfi_unsigned(reader, 4)); break;
        case CONST4S: push(stack, (uint64_t)fl_as_cfi_signed(reader, 4)); break;
        case CONST8U:
        case CONST8S: push(stack, fl_as_cfi_unsigned(reader, 8)); break;
        case CONSTU: push(stack, fl_as_cfi_uleb(reader)); break;
        case CONSTS: push(stack, (uint64_t)fl_as_cfi_sleb(reader)); break;
        case REGX: push_register(stack, frame, fl_as_cfi_uleb(reader), 0); break;
        case BREGX: {
            uint64_t number = fl_as_cfi_uleb(reader);
            push_register(stack, frame, number, fl_as_cfi_sleb(reader));
            break;
        }
        case DUP: pick(stack, 0); break;
        case OVER: pick(stack, 1); break;
        case PICK: pick(stack, fl_as_cfi_byte(reader)); break;
        case DROP: pop(stack); break;
        case SWAP: rotate(stack, 2); break;
        case ROT: rotate(stack, 3); break;
        case DEREF: load(stack, 8); break;
        case DEREF_SIZE: load(stack, fl_as_cfi_byte(reader)); break;
        case PLUS_UCONST: push(stack, pop(stack) + fl_as_cfi_uleb(reader)); break;
        case SKIP: jump(reader, begin, fl_as_cfi_signed(reader, 2)); break;
        case BRA: {
            int64_t distance = fl_as_cfi_signed(reader, 2);
            if (pop(stack)) jump(reader, begin, distance);
            break;
        }
        default: return calculate(code, stack);
        }
    return true;
}

bool fl_as_cfi_evaluate(uint64_t at, const fl_as_frame *frame, const uint64_t *first, uint64_t *result) {
    fl_as_cfi_reader reader = fl_as_cfi_read(at, UINT64_MAX);
    uint64_t length = fl_as_cfi_uleb(&reader), begin = reader.at;
    if (reader.bad || length > LENGTH_MAX || length > reader.end - begin) return false;
    reader.end = begin + length;
    operands stack;
    stack.depth = 0;
    stack.bad = false;
    if (first) push(&stack, *first);
    for (int i = 0; i < OPERATIONS_MAX && reader.at < reader.end; i++) {
        uint64_t code = fl_as_cfi_byte(&reader);
        if (!operate(code, &reader, begin, frame, &stack) || reader.bad || stack.bad) return false;
    }
    if (reader.at != reader.end || stack.depth == 0) return false;
    *result = stack.value[stack.depth - 1];
    return true;
}
#include "uninstrumented_end.h"
#endif
