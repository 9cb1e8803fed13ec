# Turns a feature's .sql files into C: a header that declares one `struct statement` a file, and the source that
# defines them. Run by make: awk -v feature=F -v header=H -v source=S -f embed-sql.awk FILES.
# A file is one statement: comment lines on top (parameters; `-- result: json`), then the statement up to its one `;`.

function fail(message) {
	print file ":" line ": " message > "/dev/stderr"
	failed = 1
	exit 1
}

# Follows quotes and comments through one line, counts statements and finds the highest parameter outside them.
function scan(text,    i, c, two, digits) {
	for (i = 1; i <= length(text); i++) {
		c = substr(text, i, 1)
		two = substr(text, i, 2)
		if (quote == "*") {
			if (two == "*/") { quote = ""; i++ }
		} else if (quote != "") {
			if (c == quote) quote = ""
		} else if (two == "--") {
			return
		} else if (two == "/*") {
			quote = "*"; i++
		} else if (c == "'" || c == "\"") {
			quote = c
		} else if (two == "$$") {
			fail("dollar quoting is not for statements")
		} else if (c == ";") {
			if (ended) fail("a second `;`: one statement a file")
			ended = 1
		} else if (c !~ /[ \t\r]/) {
			if (ended) fail("text after the final `;`: one statement a file")
			if (c == "$" && match(substr(text, i + 1), /^[0-9]+/)) {
				digits = substr(text, i + 1, RLENGTH) + 0
				if (digits > params) params = digits
				i += RLENGTH
			}
		}
	}
}

function finish() {
	if (file == "") return
	if (!started) fail("no statement")
	if (quote != "") fail("a quote or comment is still open at the end")
	if (!ended) fail("the statement does not end with `;`")
	print "extern const struct statement SQL_" feature "_" name ";" > header
	all = all "\t&SQL_" feature "_" name ",\n"
	printf "const struct statement SQL_%s_%s = {\n\t.name = \"%s_%s\",\n\t.text =%s,\n\t.n_params = %d,\n\t.json = %s,\n};\n\n",
		feature, name, feature, name, body, params, json ? "true" : "false" > source
}

BEGIN {
	guard = "MASHD_GEN_" toupper(feature) "_SQL_H"
	print "/* Made from lib/" feature "/sql/ by scripts/embed-sql.awk. */\n#ifndef " guard "\n#define " guard "\n" > header
	print "#include \"db/statement.h\"\n" > header
	print "/* Made from lib/" feature "/sql/ by scripts/embed-sql.awk. */\n#include \"gen/" feature "_sql.h\"\n" > source
}

FNR == 1 {
	finish()
	file = FILENAME
	name = FILENAME
	sub(/^.*\//, "", name)
	sub(/\.sql$/, "", name)
	line = 1
	if (name !~ /^[a-z][a-z0-9_]*$/) fail("the name must be lower-case letters, digits and _")
	body = ""; quote = ""; started = ended = params = json = 0
}

{
	line = FNR
	if (!started) {
		if ($0 ~ /^--[ \t]*result:[ \t]*json[ \t]*$/) json = 1
		if ($0 ~ /^[ \t]*$/ || $0 ~ /^--/) next
		started = 1
	}
	scan($0)
	text = $0
	gsub(/\\/, "\\\\", text)
	gsub(/"/, "\\\"", text)
	gsub(/\t/, "\\t", text)
	body = body "\n\t\t\"" text "\\n\""
}

END {
	if (failed) exit 1
	finish()
	if (failed) exit 1
	print "\n/* All of them; the last is NULL. */\nextern const struct statement *const SQL_" feature "_all[];" > header
	print "\n#endif" > header
	print "const struct statement *const SQL_" feature "_all[] = {\n" all "\t0,\n};" > source
}
