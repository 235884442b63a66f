# Makes openapi.yaml what is served: OpenAPI has no parameter that holds a slash or may be absent,
# so that an address with a repository becomes one for each number of segments.
# -v version=VERSION is the program's.

/^  version: VERSION$/ { sub(/VERSION/, version) }
/^ *# each row of / { rows($NF, index($0, "#") - 1); next }
/^ *#/ { next }

# An address and what is said about it.
/^  \// { flush(); address = substr($1, 1, length($1) - 1); next }
/^[a-z]/ { flush() }
address != "" { lines[++count] = $0; next }
{ print }
END { flush() }

function flush()
{
	if (address == "")
		return
	if (index(address, "/{repo?}")) {
		put(with("/{repo?}", ""), "")
		put(with("/{repo?}", "/{repo}"), "InRepo")
		put(with("/{repo?}", "/{team}/{repo}"), "InTeamRepo")
	} else if (index(address, "/{repo~}")) {
		put(with("/{repo~}", "/{repo}"), "")
	} else {
		put(address, "")
		if (index(address, "/{repo}"))
			put(with("/{repo}", "/{team}/{repo}"), "InTeam")
	}
	address = ""
	count = 0
}

function with(part, other,    at)
{
	at = index(address, part)
	return substr(address, 1, at - 1) other substr(address, at + length(part))
}

function put(path, ending,    i)
{
	if (path == "")
		path = "/"
	print "  " path ":"
	declare(path)
	for (i = 1; i <= count; i++) {
		print lines[i] (lines[i] ~ /^      operationId: / ? ending : "")
		if (lines[i] == "      responses:" && index(path, "/{repo}"))
			print "        \"308\": { $ref: \"#/components/responses/Renamed\" }"
	}
}

# The parameters of the address, by their names.
function declare(path,    part, n, i, name, head)
{
	n = split(path, part, "{")
	head = "    parameters:\n"
	for (i = 2; i <= n; i++) {
		name = substr(part[i], 1, index(part[i], "}") - 1)
		printf "%s      - { $ref: \"#/components/parameters/%s\" }\n", head, name
		head = ""
	}
}

# The rows X(a, b, …) of a table: settings with their schemas, or words, which are the second of each.
function rows(file, indent,    line, field, found)
{
	while ((getline line < file) > 0) {
		if (line !~ /^X\(/)
			continue
		found = 1
		cells(line, field)
		if (file ~ /setting/)
			setting(field, sprintf("%*s", indent, ""))
		else if (!told[file, field[2]]++)
			say(sprintf("%*s- %s", indent, "", field[2]))
	}
	close(file)
	if (!found) {
		print "openapi.awk: " file " has no rows" > "/dev/stderr"
		exit 1
	}
}

# Its arguments without quotes; a text may have commas in it, and ends with the row.
function cells(line, field,    n)
{
	sub(/^X\(/, "", line)
	sub(/\) *(\/\*.*)?$/, "", line)
	for (n = 0; line != ""; sub(/^ *,? */, "", line)) {
		match(line, /^("[^"]*"|[^,]*)/)
		field[++n] = substr(line, 1, RLENGTH)
		line = substr(line, RLENGTH + 1)
		gsub(/^"|"$| +$/, "", field[n])
	}
}

# X(name, type, of, default, minimum, maximum, sentence)
function setting(field, indent,    type)
{
	type = field[2]
	say(indent field[1] ":")
	if (type == "CHOICE") {
		gsub(/ /, "\", \"", field[5])
		say(indent "  enum: [\"" field[5] "\", null]")
	} else if (type == "BOOL") {
		say(indent "  type: [boolean, \"null\"]")
	} else if (type == "COUNT" || type == "BYTES") {
		say(indent "  type: [integer, \"null\"]")
		say(indent "  minimum: " field[5])
		say(indent "  maximum: " field[6])
	} else {
		say(indent "  type: [string, \"null\"]")
		say(indent "  maxLength: " field[6])
	}
	say(indent "  description: \"" kinds(field[3]) field[7] "\"")
}

# "HOSTED_UPSTREAM" as words.
function kinds(of)
{
	if (of == "ANY")
		return ""
	sub(/_/, " or ", of)
	sub(/HOSTED/, "a hosted one", of)
	sub(/UPSTREAM/, "an upstream", of)
	sub(/VIRTUAL/, "a virtual one", of)
	return "Of " of ": "
}

function say(line)
{
	if (address == "")
		print line
	else
		lines[++count] = line
}
