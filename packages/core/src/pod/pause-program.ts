import { UnavailableError } from '../errors.ts';

const loadAddress = 0x400000n;
const headersSize = 64 + 56;

/** Machine code that sleeps until a signal ends it, over and over. */
const programs: Readonly<Record<string, { readonly machine: number; readonly code: readonly number[] }>> = {
  // mov eax, 34 (pause); syscall; jmp back
  x64: { machine: 62, code: [0xb8, 34, 0, 0, 0, 0x0f, 0x05, 0xeb, 0xf7] },
  // mov x0..x4, 0; mov x8, 73 (ppoll); svc 0; b back
  arm64: {
    machine: 183,
    code: [0xd2800000, 0xd2800001, 0xd2800002, 0xd2800003, 0xd2800004, 0xd2800928, 0xd4000001, 0x17fffff9].flatMap((word) => [
      word & 0xff,
      (word >>> 8) & 0xff,
      (word >>> 16) & 0xff,
      word >>> 24,
    ]),
  },
};

/**
 * A static executable of the smallest kind for this machine that does nothing but wait.
 * @throws {UnavailableError} `missing-helper` on an architecture that we have none for.
 */
export function pauseProgram(architecture: string = process.arch): Uint8Array {
  const program = programs[architecture];
  if (program === undefined) {
    throw new UnavailableError(`there is no built-in program for infra containers on ${architecture}`, {
      code: 'missing-helper',
      hint: 'install catatonit, or give --infra-image',
    });
  }
  const { machine, code } = program;
  const size = headersSize + code.length;
  const image = Buffer.alloc(size);
  image.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]); // 64 bits, little-endian
  image.writeUInt16LE(2, 16); // executable
  image.writeUInt16LE(machine, 18);
  image.writeUInt32LE(1, 20);
  image.writeBigUInt64LE(loadAddress + BigInt(headersSize), 24); // entry
  image.writeBigUInt64LE(64n, 32); // program headers
  image.writeUInt16LE(64, 52);
  image.writeUInt16LE(56, 54);
  image.writeUInt16LE(1, 56);
  image.writeUInt32LE(1, 64); // to be loaded
  image.writeUInt32LE(5, 68); // readable and executable
  image.writeBigUInt64LE(loadAddress, 80);
  image.writeBigUInt64LE(loadAddress, 88);
  image.writeBigUInt64LE(BigInt(size), 96);
  image.writeBigUInt64LE(BigInt(size), 104);
  image.writeBigUInt64LE(0x1000n, 112);
  image.set(code, headersSize);
  return image;
}
