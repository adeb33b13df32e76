# SPDX-License-Identifier: Apache-2.0
# Images made by hand for the target cfi: .eh_frame_hdr, .eh_frame, some code, a stack.  cfi.py DIRECTORY
import os
import struct
import sys

OUT = os.path.join(sys.argv[1], '')
BASE=0x10000000
def uleb(v):
    o=b''
    while True:
        b=v&0x7f; v>>=7
        o+=bytes([b|(0x80 if v else 0)])
        if not v: return o
def sleb(v):
    o=b''
    while True:
        b=v&0x7f; v>>=7
        done=(v==0 and not b&0x40) or (v==-1 and b&0x40)
        o+=bytes([b|(0 if done else 0x80)])
        if done: return o
def pad(b,n): return b+b'\0'*((-len(b))%n)
def record(body): body=pad(body,4); return struct.pack('<I',len(body))+body
def make(name, fdes, aug=b'zR', cie_program=None, regs=None, code=b'', pc=0, stack_words=None, known=(1<<17)-1, exact=1, enc=0x1b, table=True, cie_version=1, code_len=64):
    cie_program = cie_program if cie_program is not None else bytes([0x0c,7,8,0x80|16,1])
    hdr_len = 12+8*len(fdes) if table else 8
    hdr_len=(hdr_len+7)&~7
    augdata=b''
    for c in aug[1:]:
        if c==ord('R'): augdata+=bytes([enc])
        if c==ord('L'): augdata+=bytes([0x1b])
        if c==ord('P'): augdata+=bytes([0x9b])+b'\0\0\0\0'
    cie=record(struct.pack('<I',0)+bytes([cie_version])+aug+b'\0'+uleb(1)+sleb(-8)+bytes([16])+uleb(len(augdata))+augdata+cie_program)
    at=hdr_len+len(cie); sizes=[]
    recs=[]
    total=at
    for f in fdes:
        ln=len(record(b'\0'*12+b'\0'+f)); sizes.append((total,ln)); total+=ln
    code_at=(total+4+15)&~15
    eh=cie; entries=[]
    for i,(f,(off,ln)) in enumerate(zip(fdes,sizes)):
        start=code_at+i*code_len
        body=struct.pack('<I',off+4-hdr_len)
        if enc==0x1b: body+=struct.pack('<iI',start-(off+8),code_len)
        elif enc==0x03: body+=struct.pack('<II',BASE+start,code_len)
        body+=b'\0'+f
        r=record(body); assert len(r)==ln; eh+=r; entries.append((start,off))
    eh+=b'\0'*4
    hdr=struct.pack('<BBBB',1,0x1b,3 if table else 0xff,0x3b if table else 0xff)+struct.pack('<i',hdr_len-4)
    if table: hdr+=struct.pack('<I',len(fdes))+b''.join(struct.pack('<ii',s,o) for s,o in entries)
    hdr=pad(hdr,8); assert len(hdr)==hdr_len
    img=(hdr+eh).ljust(code_at,b'\0')+code.ljust(code_len*len(fdes),b'\x90')
    sp=BASE+len(img)
    funcs=[BASE+s for s,_ in entries]
    words=stack_words(funcs,sp) if stack_words else [0]*16
    img+=b''.join(struct.pack('<Q',w&(2**64-1)) for w in words)
    r=[0]*17; r[7]=sp; r[16]=funcs[0]+pc; r[6]=sp+32
    for k,v in (regs or {}).items(): r[k]=v(sp) if callable(v) else v
    open(OUT+name,'wb').write(struct.pack('<17Q',*r)+struct.pack('<QQ',known,exact)+img)
off=lambda r,n: bytes([0x80|r])+uleb(n)
adv=lambda n: bytes([0x40|n])
normal=adv(1)+bytes([0x0e,16])+off(6,2)+adv(3)+bytes([0x0d,6])+adv(8)+off(3,3)+bytes([0x0a])+adv(4)+bytes([0x0c,7,8])+adv(1)+bytes([0x0b])
make('frame-pointer',[normal,normal],pc=8,stack_words=lambda f,sp:[1,2,3,4,sp+64,f[1]+9,7,8,0,0])
make('stack-pointer',[bytes([0x0e,32])+off(3,2)+off(12,3)+bytes([0x2e,16]),bytes([7,16])],pc=4,stack_words=lambda f,sp:[1,2,3,f[1]+9,7,8])
expr=bytes([0x77,8,0x80,0,0x3f,0x1a,0x3b,0x2a,0x33,0x24,0x22])
make('plt',[bytes([0x0f])+uleb(len(expr))+expr,bytes([7,16])],pc=12,stack_words=lambda f,sp:[1,f[1]+5,2,3])
def bregd(reg,o): e=bytes([0x77])+sleb(o); return bytes([0x10,reg])+uleb(len(e))+e
sig=bytes([0x0f])+uleb(len(b'\x77'+sleb(160)+b'\x06'))+b'\x77'+sleb(160)+b'\x06'+b''.join(bregd(r,8*i) for i,r in enumerate([8,9,10,11,12,13,14,15,5,4,6,3,1,0,2]))+bregd(7,160)+bregd(16,168)
make('signal',[sig,bytes([7,16])],aug=b'zRS',cie_program=b'',pc=1,stack_words=lambda f,sp:[0]*20+[sp+180,f[1]+1]+[0]*4)
make('rules',[bytes([0x12,6])+sleb(-4)+bytes([9,3,12,8,13,0x14,14])+uleb(2)+bytes([0x15,15])+sleb(-3)+bytes([0x16,12,2,0x32,0x22,0x11,6])+sleb(2)+bytes([0x2f,3,2,0x13])+sleb(-2)+bytes([2,4,3,4,0,4,4,0,0,0,0xc0|3,6,12])],aug=b'zPLR',pc=30,stack_words=lambda f,sp:[f[0]+7]*24)
make('no-table',[normal,normal],pc=8,table=False,stack_words=lambda f,sp:[1,2,3,4,sp+64,f[1]+9,7,8,0,0])
make('absolute',[normal,normal],pc=2,enc=0x03,stack_words=lambda f,sp:[1,f[1]+9,7,8,0,0])
make('cold-stack',[normal],pc=8,known=(1<<7)|(1<<16),stack_words=lambda f,sp:[f[0]+2]*8)
branch=bytes([0x30,0x12,0x28])+struct.pack('<h',3)+bytes([0x2f])+struct.pack('<h',-8)+bytes([0x31,0x32,0x16,0x13,0x17,0x14,0x13,0x15,1,0x22,0x94,4,0x1a])
make('expression',[bytes([0x0f])+uleb(len(branch))+branch+bytes([0x10,3])+uleb(len(expr))+expr],pc=3,stack_words=lambda f,sp:[f[0]+2]*8)
make('plain-code',[normal],pc=64-24,code=b'\x90'*40+b'\xe8\xfb\xff\xff\xff'+b'\x55\x48\x89\xe5\x5d\xc3',stack_words=lambda f,sp:[f[0]+45]*4+[sp+64,f[0]+45]*4)
