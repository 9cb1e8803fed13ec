// Keyed BLAKE2b-256 (RFC 7693) of a short text, as hex: what lib/auth stores of a key's secret. Node's own crypto has
// BLAKE2b without a key and with 512 bits only. Words of 64 bits are pairs of 32 (low, high): BigInt costs ten times more.
const IV = new Uint32Array([
	0xf3bcc908, 0x6a09e667, 0x84caa73b, 0xbb67ae85, 0xfe94f82b, 0x3c6ef372, 0x5f1d36f1, 0xa54ff53a,
	0xade682d1, 0x510e527f, 0x2b3e6c1f, 0x9b05688c, 0xfb41bd6b, 0x1f83d9ab, 0x137e2179, 0x5be0cd19]);
const PERMUTATIONS = [
	'0123456789abcdef', 'ea489fd61c02b753', 'b8c052fdae367194', '7931dcbe265a40f8', '905724afe1bc683d',
	'2c6a0b834d75fe19', 'c51fed4a0763928b', 'db7ec13950f4862a', '6fe9b308c2d714a5', 'a2847615fb9e3cd0',
	'0123456789abcdef', 'ea489fd61c02b753']
	.map((line) => Uint8Array.from(line, (digit) => 2 * parseInt(digit, 16)));
const v = new Uint32Array(32);
const m = new Uint32Array(32);

// v[a] += v[b] + x
function add(a, b, low, high) {
	const sum = v[a] + v[b] + low;
	v[a + 1] = v[a + 1] + v[b + 1] + high + ((sum / 0x100000000) | 0);
	v[a] = sum;
}

// v[a] = (v[a] ^ v[b]) rotated right by 32, 24, 16 (n) or 63
function turn(a, b, n) {
	const low = v[a] ^ v[b];
	const high = v[a + 1] ^ v[b + 1];
	if (n === 32) {
		v[a] = high;
		v[a + 1] = low;
	} else if (n === 63) {
		v[a] = (low << 1) | (high >>> 31);
		v[a + 1] = (high << 1) | (low >>> 31);
	} else {
		v[a] = (low >>> n) | (high << (32 - n));
		v[a + 1] = (high >>> n) | (low << (32 - n));
	}
}

function mix(a, b, c, d, x, y) {
	add(a, b, m[x], m[x + 1]);
	turn(d, a, 32);
	add(c, d, 0, 0);
	turn(b, c, 24);
	add(a, b, m[y], m[y + 1]);
	turn(d, a, 16);
	add(c, d, 0, 0);
	turn(b, c, 63);
}

function compress(h, block, counted, last) {
	for (let i = 0; i < 32; i++) m[i] = block.readUInt32LE(4 * i);
	v.set(h);
	v.set(IV, 16);
	v[24] ^= counted;
	if (last) {
		v[28] = ~v[28];
		v[29] = ~v[29];
	}
	for (const s of PERMUTATIONS) {
		mix(0, 8, 16, 24, s[0], s[1]);
		mix(2, 10, 18, 26, s[2], s[3]);
		mix(4, 12, 20, 28, s[4], s[5]);
		mix(6, 14, 22, 30, s[6], s[7]);
		mix(0, 10, 20, 30, s[8], s[9]);
		mix(2, 12, 22, 24, s[10], s[11]);
		mix(4, 14, 16, 26, s[12], s[13]);
		mix(6, 8, 18, 28, s[14], s[15]);
	}
	for (let i = 0; i < 16; i++) h[i] ^= v[i] ^ v[i + 16];
}

// `key` up to 64 bytes, `text` 1 to 128 bytes.
export function blake2b256(key, text) {
	const h = IV.slice();
	const block = Buffer.alloc(128);
	h[0] ^= 0x01010000 ^ (key.length << 8) ^ 32;
	block.write(key, 'latin1');
	compress(h, block, 128, false);
	block.fill(0);
	block.write(text, 'latin1');
	compress(h, block, 128 + text.length, true);
	return Buffer.from(h.buffer, 0, 32).toString('hex');
}
