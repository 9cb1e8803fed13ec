// The schema interpreter (lib/contract) against ajv: generated schemas and documents, both must say the same of each pair.
// SEED=n tries others than the usual ones.
//
// Not compared, because ajv differs from the specification there: fractions in multipleOf (it divides floating-point
// numbers) and numbers of 1e21 and more (it parses their text); unevaluatedItems, and unevaluatedProperties beside `if` (it
// counts what a failed branch has seen); contains beside prefixItems. Nor formats: ajv has none of its own.
// tests/unit/test_schema.c has cases of these.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';
import Ajv2020 from 'ajv/dist/2020.js';
import fc from 'fast-check';

const SCHEMAS = 1400;
const VALUES_EACH = 8;
const top = join(import.meta.dirname, '..', '..');
const program = join(process.env.TEST_BUILD ?? join(top, process.env.BUILD ?? 'build'), 'test/support/schema_check');

const names = fc.constantFrom('a', 'b', 'c', 'é', 'a/b');
const strings = fc.constantFrom('', 'a', 'ab', 'abc', 'b1', 'é', '😀', '😀😀', 'a\nb', '12', 'x y');
const numbers = fc.constantFrom(-3, -1, 0, 0.5, 1, 2, 2.5, 3, 4, 10, 9007199254740991);
const patterns = fc.constantFrom('^a', 'b$', '^.$', '^[a-c]*$', '\\d', '^\\w+$', '(?=b)', '[^a]', '^(a|é)', '^(?:.){2}$');
const sizes = fc.integer({ min: 0, max: 3 });
const scalars = fc.oneof(strings, numbers, fc.boolean(), fc.constant(null));

const { value: values } = fc.letrec((tie) => ({
	value: fc.oneof(
		{ maxDepth: 3, withCrossShrink: false },
		{ weight: 3, arbitrary: scalars },
		{ weight: 3, arbitrary: fc.dictionary(names, tie('value'), { maxKeys: 4 }) },
		{ weight: 3, arbitrary: fc.array(tie('value'), { maxLength: 4 }) },
	),
}));

const types = fc.constantFrom('null', 'boolean', 'object', 'array', 'number', 'integer', 'string');

function schemas(inPlaceRefs) {
	return fc.letrec((tie) => {
		const sub = tie('schema');
		const list = fc.array(sub, { minLength: 1, maxLength: 3 });
		const map = fc.dictionary(names, sub, { maxKeys: 3 });
		const keyword = (name, arbitrary, weight = 1) => ({
			weight,
			arbitrary: arbitrary.map((value) => ({ [name]: value })),
		});
		const choices = [
			keyword('type', fc.oneof(types, fc.uniqueArray(types, { minLength: 1, maxLength: 4 })), 5),
			keyword('enum', fc.array(values, { minLength: 1, maxLength: 4 })),
			keyword('const', values),
			keyword('multipleOf', fc.constantFrom(1, 2, 3)),
			...['maximum', 'minimum', 'exclusiveMaximum', 'exclusiveMinimum'].map((k) => keyword(k, numbers)),
			...['maxLength', 'minLength', 'maxItems', 'minItems', 'maxProperties', 'minProperties'].map((k) =>
				keyword(k, sizes),
			),
			keyword('pattern', patterns, 2),
			keyword('uniqueItems', fc.boolean()),
			keyword('items', sub, 3),
			keyword('prefixItems', list, 2),
			{
				weight: 2,
				arbitrary: fc.record(
					{ contains: sub, minContains: sizes, maxContains: sizes },
					{ requiredKeys: ['contains'] },
				),
			},
			keyword('properties', map, 5),
			keyword('patternProperties', fc.dictionary(patterns, sub, { maxKeys: 2 })),
			keyword('additionalProperties', sub, 2),
			keyword('propertyNames', sub),
			keyword('required', fc.uniqueArray(names, { maxLength: 2 }), 2),
			keyword('dependentRequired', fc.dictionary(names, fc.uniqueArray(names, { maxLength: 2 }), { maxKeys: 2 })),
			keyword('dependentSchemas', map),
			keyword('unevaluatedProperties', sub, 2),
			...['allOf', 'anyOf', 'oneOf'].map((k) => keyword(k, list, 2)),
			keyword('not', sub),
			{ weight: 2, arbitrary: fc.record({ if: sub, then: sub, else: sub }, { requiredKeys: ['if'] }) },
			// Recursion that makes progress: the reference is for a part of the value.
			{ weight: 1, arbitrary: fc.constant({ properties: { a: { $ref: '#' } } }) },
			{ weight: 1, arbitrary: fc.constant({ items: { $ref: '#' } }) },
			...(inPlaceRefs ? [{ weight: 4, arbitrary: fc.constantFrom({ $ref: '#/$defs/x' }, { $ref: '#/$defs/y' }) }] : []),
		];
		return {
			schema: fc.oneof(
				{ maxDepth: 3 },
				{ weight: 1, arbitrary: fc.boolean() },
				{
					weight: 6,
					arbitrary: fc
						.array(fc.oneof(...choices), { minLength: 1, maxLength: 4 })
						.map((parts) => Object.assign({}, ...parts)),
				},
			),
		};
	}).schema;
}

const documents = fc
	.record({ x: schemas(false), y: schemas(false), root: schemas(true) })
	.map(({ x, y, root }) => ({ ...(root === true ? {} : root === false ? { not: {} } : root), $defs: { x, y } }));

// ajv counts what a failed `if` has seen, too, and lets [] pass `contains` beside `prefixItems`.
function misleadsAjv(schema) {
	const text = JSON.stringify(schema);
	const has = (keyword) => text.includes(`"${keyword}"`);
	return (has('unevaluatedProperties') && has('if')) || (has('contains') && has('prefixItems'));
}

function ask(questions) {
	const input = questions.map((q) => `${JSON.stringify(q)}\n`).join('');
	const run = spawnSync(program, { input, encoding: 'utf8', maxBuffer: 1 << 28 });
	assert.equal(run.status, 0, `${program}: ${run.stderr || run.error}`);
	return run.stdout.trimEnd().split('\n').map((line) => JSON.parse(line));
}

function expected({ schema, values: sent }) {
	const ajv = new Ajv2020({ strict: false, logger: false, validateFormats: false });
	const validate = ajv.compile(schema);
	return sent.map((value) => validate(value));
}

for (const seed of process.env.SEED ? [Number(process.env.SEED)] : [20261123]) {
	test(`generated schemas and documents, as ajv sees them (seed ${seed})`, () => {
		const questions = fc
			.sample(fc.record({ schema: documents, values: fc.array(values, { minLength: VALUES_EACH, maxLength: VALUES_EACH }) }), {
				numRuns: SCHEMAS,
				seed,
			})
			.map((question) => JSON.parse(JSON.stringify(question))) // plain objects, as a reader makes them
			.filter(({ schema }) => !misleadsAjv(schema));
		const answers = ask(questions);
		let valid = 0;
		let pairs = 0;
		for (const [i, question] of questions.entries()) {
			assert.ok(Array.isArray(answers[i]), `${answers[i]}\n${JSON.stringify(question.schema)}`);
			for (const [k, wanted] of expected(question).entries()) {
				pairs++;
				valid += wanted ? 1 : 0;
				assert.equal(
					answers[i][k],
					wanted,
					`seed ${seed}: ${JSON.stringify(question.values[k])} is ${wanted ? 'valid' : 'invalid'} for ajv\n` +
						JSON.stringify(question.schema),
				);
			}
		}
		// A comparison in which nearly all is valid, or nearly nothing, would compare little.
		assert.ok(pairs > 6000, `${pairs} pairs`);
		assert.ok(valid > pairs * 0.15 && valid < pairs * 0.85, `${valid} of ${pairs} valid`);
	});
}
