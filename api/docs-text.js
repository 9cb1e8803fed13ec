// Elements from text, for docs.js: text of the contract becomes text nodes, never HTML. Knows nothing of OpenAPI.
'use strict';

function make(tag, attributes = {}, ...children) {
	const node = document.createElement(tag);
	for (const [name, value] of Object.entries(attributes)) if (value !== undefined) node.setAttribute(name, value);
	node.append(...children.flat().filter((child) => child !== undefined && child !== ''));
	return node;
}

const link = (href, text) => make('a', { href }, text);
const code = (text) => make('code', {}, text);

// ---- the small Markdown of descriptions: headings, paragraphs, lists, `code`, **strong**, [links](…)

const INLINE = /`([^`]+)`|\*\*([^*]+)\*\*|\[([^\]]+)\]\(((?:\/(?!\/)|#|https:\/\/)[^)\s]*)\)/g;

function inline(text) {
	const parts = [];
	let from = 0;
	for (const match of text.matchAll(INLINE)) {
		parts.push(text.slice(from, match.index));
		if (match[1]) parts.push(code(match[1]));
		else if (match[2]) parts.push(make('strong', {}, match[2]));
		else parts.push(link(match[4], match[3]));
		from = match.index + match[0].length;
	}
	return [...parts, text.slice(from)];
}

function markdown(text, headingLevel = 4) {
	return (text ?? '').split(/\n{2,}/).map((block) => {
		const heading = block.match(/^(#+) (.*)$/);
		if (heading) return make(`h${headingLevel}`, {}, heading[2]);
		if (!block.startsWith('- ')) return make('p', {}, inline(block.replaceAll('\n', ' ')));
		const items = block.slice(2).split(/\n- /);
		return make(
			'ul',
			{},
			items.map((item) => make('li', {}, inline(item.replace(/\s*\n\s*/g, ' ')))),
		);
	});
}
