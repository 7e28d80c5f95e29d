-- From here on nothing is of this dialect alone: recognising messages in a stream that has no boundaries.

local proto = Proto("chat_" .. dialect.name, dialect.title)
local names = { "nick", "text", "from", "to", "names", "rest", "body", "word", "command", "count", "time", "id", "address" }
local fields = {
  kind = ProtoField.string(proto.name:lower() .. ".kind", "Message"),
  direction = ProtoField.string(proto.name:lower() .. ".direction", "Direction"),
  content = ProtoField.string(proto.name:lower() .. ".content", "Content", base.UNICODE),
  standing = ProtoField.string(proto.name:lower() .. ".standing", "Form"),
}
for _, name in ipairs(names) do
  fields[name] = ProtoField.string(proto.name:lower() .. "." .. name, name, base.UNICODE)
end
proto.fields = fields
local unrecognised = ProtoExpert.new(proto.name:lower() .. ".unrecognised", "No message of the protocol",
  expert.group.MALFORMED, expert.severity.WARN)
local tolerated = ProtoExpert.new(proto.name:lower() .. ".tolerated", "Right, but not to the letter",
  expert.group.PROTOCOL, expert.severity.NOTE)
proto.experts = { unrecognised, tolerated }

local stream_number = Field.new("tcp.stream")
local pushed = Field.new("tcp.flags.push")
local opening = Field.new("tcp.flags.syn")
-- Wireshark 3.6 and later: which segments of the connection were seen. Older ones cannot tell that a beginning is missing.
local knows_completeness, completeness = pcall(Field.new, "tcp.completeness")
-- The smallest default MSS: a shorter segment was not cut by TCP.
local FULL_SEGMENT = 536
local LOOK_AHEAD = 4
-- A tolerated form that begins with less says nothing where it stands in the middle of other bytes, in bytes.
local TELLING = 4

local classes = {
  nick = dialect.blanks_in_names and "^[\32-\126\128-\255]+" or "^[\33-\126\128-\255]+",
  word = "^[\33-\126\128-\255]+",
  upper = "^[\33-\126\128-\255]+",
  int = "^[0-9]+",
  time = "^[%w%[%]():/%-., +]+",
}
local BLANKS_TOO = "^[\32-\126\128-\255]+"
local least = { nick = dialect.empty_names and 0 or 1, any = 0, lines = 0, time = 4, address = 4 }
-- The longest time of day or address, in bytes.
local LONGEST_TYPED = 64

-- Where the first of some terminators begins, and which it is: the longest of those that begin there.
local function find_end(bytes, ends, from)
  local nearest, mark
  for _, one in ipairs(ends) do
    local place = bytes:find(one, from, true)
    if place and (not nearest or place < nearest or (place == nearest and #one > #mark)) then
      nearest, mark = place, one
    end
  end
  return nearest, mark
end

-- Where the content of the whole lines from `from` on ends, and the place behind the last terminator.
local function last_line(bytes, ends, from)
  local content, behind
  local place, mark = find_end(bytes, ends, from)
  while place do
    content, behind = place, place + #mark
    place, mark = find_end(bytes, ends, behind)
  end
  return content, behind
end

-- An address as `127.0.0.1:55412`, `[::1]:55412` or `('127.0.0.1', 55994)`. A port has at most five digits.
local function address(bytes)
  return bytes:match("^%([%x'.:, (]*%)?") or bytes:match("^%d+%.[%x.]*:%d?%d?%d?%d?%d?") or bytes:match("^[%x%[%]:.]*")
end

-- The longest value of a hole at `at`, as the place behind it.
local function reach(form, kind, bytes, at, whole)
  local last = #bytes + 1
  if form.ends and not whole and kind ~= "lines" then last = find_end(bytes, form.ends, at) or last end
  if kind == "address" then return math.min(last, at + #address(bytes:sub(at, at + LONGEST_TYPED - 1))) end
  local class = (kind == "nick" and form.blanks_in_names) and BLANKS_TOO or classes[kind]
  if not class then return last end
  local _, stop = bytes:find(class, at)
  local limit = stop and stop + 1 or at
  if kind == "time" then limit = math.min(limit, at + LONGEST_TYPED) end
  return math.min(last, limit)
end

-- What a value must have beyond its bytes being of the right kind.
local function is_valid(kind, value)
  if kind == "time" then return value:find("%d:.%d") ~= nil or value:find("%d.:%d") ~= nil end
  if kind == "address" then return value:find("%d") ~= nil and value:find("[.:]") ~= nil end
  if kind == "upper" then return not value:find("%l") end
  return true
end

local function same(bytes, at, literal, any_case)
  local part = bytes:sub(at, at + #literal - 1)
  return part == literal or (any_case and part:lower() == literal:lower())
end

local function find(bytes, literal, from, any_case)
  if any_case then return bytes:lower():find(literal:lower(), from, true) end
  return bytes:find(literal, from, true)
end

-- Whether nothing but the next message tells where a form ends.
local function is_open(form)
  local last = form.parts[#form.parts]
  return last ~= nil and last.name ~= nil and (form.ends == nil or last.kind == "lines")
end

-- What must follow the last part: the end of the content, a terminator, or nothing.
local function match_end(form, bytes, at, values, whole)
  if whole then
    if at <= #bytes then return nil end
    return at, values, nil, at
  end
  if not form.ends then return at, values, nil, at end
  local place, mark = find_end(bytes, form.ends, at)
  if place ~= at then return nil end
  return at + #mark, values, nil, at
end

-- How a form fares at `at`: the place behind it, its values, where a free text at its end begins, and the place behind its content.
local function match(form, bytes, at, part, values, whole)
  local piece = form.parts[part]
  if not piece then return match_end(form, bytes, at, values, whole) end
  if piece.literal then
    if not same(bytes, at, piece.literal, form.any_case) then return nil end
    local behind = at + #piece.literal
    if form.blank_runs and piece.literal:sub(-1) == " " then behind = bytes:find("[^ ]", behind) or #bytes + 1 end
    return match(form, bytes, behind, part + 1, values, whole)
  end
  local limit = reach(form, piece.kind, bytes, at, whole)
  local fewest = least[piece.kind] or 1
  local following = form.parts[part + 1]
  if following then
    local from = at + fewest
    for _ = 1, 64 do
      local found = find(bytes, following.literal, from, form.any_case)
      if not found or found > limit then return nil end
      if is_valid(piece.kind, bytes:sub(at, found - 1)) then
        local known = {}
        for k, v in pairs(values) do known[k] = v end
        known[piece.name] = { at, found }
        local behind, result, tail, content = match(form, bytes, found, part + 1, known, whole)
        if behind then return behind, result, tail, content end
      end
      from = found + 1
    end
    return nil
  end
  if form.ends and piece.kind == "lines" and not whole then
    local content, behind = last_line(bytes, form.ends, at)
    if not content then return nil end
    values[piece.name] = { at, content }
    return behind, values, at, content
  end
  if limit < at + fewest or not is_valid(piece.kind, bytes:sub(at, limit - 1)) then return nil end
  values[piece.name] = { at, limit }
  local behind, result, _, content = match_end(form, bytes, limit, values, whole)
  if not behind then return nil end
  return behind, result, (not whole and not form.ends) and at or nil, content
end

local function first_literal(form)
  return form.parts[1] and form.parts[1].literal or ""
end

local function without_leading_terminators(bytes, at)
  return bytes:find("[^\r\n%z]", at) or #bytes + 1
end

-- Whether from `at` on the bytes are known messages, as far as is looked.
local function reads_as_known(bytes, at, forms, depth)
  at = without_leading_terminators(bytes, at)
  for _, form in ipairs(forms) do
    local literal = first_literal(form)
    if literal ~= "" and bytes:sub(at, at + #literal - 1) == literal then
      local behind, _, tail = match(form, bytes, at, 1, {}, false)
      if behind then
        if tail or depth == 0 then return true end
        local rest = without_leading_terminators(bytes, behind)
        if rest > #bytes or reads_as_known(bytes, rest, forms, depth - 1) then return true end
      end
    end
  end
  return false
end

-- Where a free text ends that goes on from `from` to `most` at the utmost: where another message begins.
local function tail_end(bytes, from, most, forms)
  local nearest = most
  for _, form in ipairs(forms) do
    local literal = first_literal(form)
    local at = from
    while literal ~= "" do
      local found = bytes:find(literal, at, true)
      if not found or found >= nearest then break end
      if reads_as_known(bytes, found, forms, LOOK_AHEAD) then nearest = found break end
      at = found + 1
    end
  end
  return nearest
end

local recognise

-- The same message in a form with an end of its own, where a free text has swallowed a message that follows it.
local function to_the_letter(rest, best, forms)
  if not best or not best.open then return best end
  for _, form in ipairs(forms) do
    if form.kind == best.form.kind and form.rank <= best.form.rank and not is_open(form) then
      local behind, values, _, content = match(form, rest, 1, 1, {}, false)
      if behind and behind > 1 and behind - 1 < best.length and recognise(rest, behind, forms) then
        return { form = form, values = values, length = behind - 1, content = content - 1, open = false }
      end
    end
  end
  return best
end

-- The longest known message at `at`.
function recognise(bytes, at, forms)
  local best
  local rest = bytes:sub(at)
  for _, form in ipairs(forms) do
    local behind, values, tail, content = match(form, rest, 1, 1, {}, false)
    if behind and tail then
      local last = form.parts[#form.parts]
      behind = tail_end(rest, tail + (least[last.kind] or 1), behind, forms)
      if form.ends and behind <= content then
        local line, stop = last_line(rest:sub(1, behind - 1), form.ends, tail)
        content = stop == behind and line or behind
      else
        content = math.min(content, behind)
      end
      values[last.name][2] = content
    end
    if behind and behind > 1 and (not best or behind - 1 > best.length) then
      best = { form = form, values = values, length = behind - 1, content = content - 1, open = is_open(form) }
    end
  end
  return best, rest
end

local function is_vague(form)
  local literal = first_literal(form)
  return form.literal_length == 0 or form.standing == "tolerated" and literal ~= "" and #literal < TELLING
end

-- The forms by which to read the bytes at `at`: vague ones, those without words too, only where the bytes begin with one, and are nothing that is more
-- definite and has as many words of its own.
local function for_bytes(bytes, at, forms)
  local definite, words = {}, nil
  for _, form in ipairs(forms) do
    if not is_vague(form) then
      definite[#definite + 1] = form
    elseif same(bytes, at, first_literal(form)) then
      words = math.max(words or 0, form.literal_length)
    end
  end
  if not words then return definite end
  local best = recognise(bytes, at, definite)
  local is_meant = best and best.form.standing ~= "tolerated" and best.form.literal_length >= words
  return is_meant and definite or forms
end

local function trim(bytes)
  return (bytes:gsub("^[%s%z]+", ""):gsub("[%s%z]+$", ""))
end

local function first_word(bytes)
  return trim(bytes):match("^[^%s]+") or ""
end

local function values_of(bytes, values)
  local all = {}
  for name, span in pairs(values) do all[name] = bytes:sub(span[1], span[2] - 1) end
  return all
end

-- Nothing that a member may ask: a known word without what it needs, or a word that is not known.
local function read_unknown(text)
  local word = first_word(text)
  for _, form in ipairs(dialect.requests) do
    local known = first_word(first_literal(form))
    if known ~= "" and (known == word or (dialect.any_case and known:lower() == word:lower())) then
      return "malformed-request", {}
    end
  end
  if dialect.refuses_unknown then return "unknown-request", { word = word } end
  return "malformed-request", {}
end

local function stripped(content)
  return dialect.strip and trim(content) or content
end

-- The values that count: what stands besides in a request is of no account.
local counted = { say = { "nick", "text" }, tell = { "to", "text" }, list = {}, quit = {} }

-- What a member asks, and whether its words alone tell it.
local function read_member(content)
  local text = stripped(content)
  for _, form in ipairs(dialect.requests) do
    local behind, spans = match(form, text, 1, 1, {}, true)
    if behind then
      local all, values = values_of(text, spans), {}
      all.to = all.to or all.id
      for _, name in ipairs(counted[form.kind]) do values[name] = all[name] end
      return form.kind, values, form.worded
    end
  end
  local kind, values = read_unknown(text)
  return kind, values, false
end

-- What a client asks, and its values.
local function read_request(content, session)
  local command = session.phase == "joining" and "join" or "quit"
  for _, form in ipairs(dialect.steps[command]) do
    local behind, values = match(form, content, 1, 1, {}, true)
    if behind then return command, values_of(content, values) end
  end
  local kind, values, worded = read_member(content)
  if session.phase == "chatting" or worded or #dialect.joins == 0 then return kind, values end
  for _, form in ipairs(dialect.joins) do
    if #form.parts == 1 and form.parts[1].name then return "join", { nick = content } end
    local text = stripped(content)
    local behind, found = match(form, text, 1, 1, {}, true)
    if behind then return "join", { nick = values_of(text, found).nick or "" } end
  end
  return read_unknown(content)
end

local function is_request(kind)
  return kind == "say" or kind == "tell" or kind == "list" or kind == "quit" or kind == "join"
end

local function answers(asked, form)
  return form.answers[asked] == true
end

-- The forms of each phase, with what ends them there.
local replies = { joining = {}, chatting = {} }
for phase, forms in pairs(replies) do
  for place, reply in ipairs(dialect.replies) do
    if not reply.only_in or reply.only_in == phase then
      local form = setmetatable({ place = place, ends = reply.terminators[phase] }, { __index = reply })
      forms[#forms + 1] = form
    end
  end
end

-- Whether bytes end as a message does that has a line terminator of its own.
local function ends_a_message(bytes)
  for _, words in ipairs(dialect.ends) do
    if bytes:sub(-#words) == words then return true end
  end
  return false
end

-- A welcome to a member, which nothing asks for: known, though not expected.
local function welcome_again(session)
  local forms = {}
  if session.phase == "joining" then return forms end
  for _, form in ipairs(replies.chatting) do
    if form.kind == "welcome" and form.standing ~= "tolerated" then
      forms[#forms + 1] = form
    end
  end
  return forms
end

-- A message with line terminators in its names or texts, taken over from a client.
local function with_inner_terminators(bytes, forms)
  local text, places = {}, {}
  for i = 1, #bytes do
    local byte = bytes:sub(i, i)
    if byte:find("[\r\n%z]") then places[#places + 1] = #text + 1 else text[#text + 1] = byte end
  end
  if #places == 0 or #text == 0 then return nil end
  text = table.concat(text)
  local best = recognise(text, 1, forms)
  if not best or best.length < #text then return nil end
  for _, place in ipairs(places) do
    local inside = false
    for _, span in pairs(best.values) do inside = inside or (span[1] <= place and place <= span[2]) end
    if not inside then return nil end
  end
  return best, text
end

local function waits_for_name(session)
  for _, asked in ipairs(session.pending) do
    if asked == "join" then return true end
  end
  return false
end

-- What the server may say now, the likeliest first.
local function expected(session)
  local asked = session.pending[1]
  local forms = {}
  local joining = session.phase == "joining"
  local naming = joining and waits_for_name(session)
  for _, form in ipairs(replies[session.phase]) do
    local wanted = true
    if form.refuses_name then
      wanted = naming and (session.prompted or not form.is_question)
    elseif form.only_joining then
      wanted = joining
    end
    if wanted then
      local is_answer = asked ~= nil and answers(asked, form)
      forms[#forms + 1] = {
        form = form,
        key = { (form.refuses and not asked) and 1 or 0, ((is_answer and form.standing ~= "tolerated" or form.is_notice) and form.literal_length > 0) and 0 or 1,
          form.declared_first and 0 or 1, -form.literal_length, is_answer and 0 or 1, form.rank, form.place },
      }
    end
  end
  table.sort(forms, function(a, b)
    for i = 1, #a.key do
      if a.key[i] ~= b.key[i] then return a.key[i] < b.key[i] end
    end
    return false
  end)
  local sorted = {}
  for i, one in ipairs(forms) do sorted[i] = one.form end
  return sorted
end

local function follow_reply(session, form)
  if form.kind == "welcome" then session.phase = "chatting" end
  if form.kind == "prompt" then session.prompted = true end
  for i, asked in ipairs(session.pending) do
    if answers(asked, form) then
      for _ = 1, i do table.remove(session.pending, 1) end
      return
    end
  end
end

-- Of a request in several steps the next takes the place of the one before: one reply answers all.
local function follow_request(session, kind)
  local steps = dialect.steps[kind]
  if steps and #steps > 0 and session.pending[#session.pending] == kind then return end
  session.pending[#session.pending + 1] = kind
end

local function without_terminators(bytes)
  return (bytes:gsub("[\r\n%z]+$", ""))
end

local function take_request(session, found, content, start, length)
  local text = without_terminators(content)
  local kind, values = read_request(text, session)
  found[#found + 1] = { start = start, length = length, content = text, kind = kind, values = values, standing = "document" }
  follow_request(session, kind)
end

-- A client's segment in a raw stream: one message, unless each of its lines is a request.
local function raw_requests(session, bytes)
  local found = {}
  local lines, all = {}, true
  for line in bytes:gmatch("[^\n]*\n?") do
    if line ~= "" then
      lines[#lines + 1] = line
      local kind = read_request(without_terminators(line), session)
      if not is_request(kind) then all = false end
    end
  end
  if not all or #lines < 2 then lines = { bytes } end
  local at = 0
  for _, line in ipairs(lines) do
    take_request(session, found, line, at, #line)
    at = at + #line
  end
  return found
end

-- How many bytes nothing explains from `at` on: to the next known message, or to the end of the line; nil while that is not there.
local function unexplained(bytes, at, forms, framing)
  local nearest = #bytes + 1
  for _, form in ipairs(forms) do
    local literal = first_literal(form)
    local place = at
    for _ = 1, 64 do
      place = literal ~= "" and bytes:find(literal, place + 1, true)
      if not place or place >= nearest then break end
      if recognise(bytes, place, forms) then nearest = place break end
    end
  end
  if framing.kind == "delimited" then
    local place, mark = find_end(bytes, framing.terminators, at)
    if place then nearest = math.min(nearest, place + #mark) elseif nearest > #bytes then return nil end
  end
  return nearest - at
end

-- The server's messages told by their content; the other values as in `framed`.
local function raw_replies(session, bytes)
  local found, at = {}, 1
  while at <= #bytes do
    local forms = expected(session)
    local likely = for_bytes(bytes, at, forms)
    local best, rest = recognise(bytes, at, likely)
    best = to_the_letter(rest, best, likely)
    if not best then best = recognise(bytes, at, welcome_again(session)) end
    local inner, inner_text
    if not best then inner, inner_text = with_inner_terminators(rest, forms) end
    local last = found[#found]
    if inner then
      found[#found + 1] = { start = at - 1, length = #rest, content = without_terminators(rest),
        kind = inner.form.kind, values = values_of(inner_text, inner.values), standing = inner.form.standing }
      follow_reply(session, inner.form)
      at = #bytes + 1
    elseif best then
      local content = rest:sub(1, best.content)
      local is_added = best.open and not ends_a_message(content)
      local text = is_added and without_terminators(content) or content
      local values = values_of(rest, best.values)
      if #text < #content then
        local behind, shorter = match(best.form, text, 1, 1, {}, true)
        if behind then values = values_of(text, shorter) end
      end
      found[#found + 1] = { start = at - 1, length = best.length, content = text, kind = best.form.kind,
        values = values, standing = best.form.standing }
      follow_reply(session, best.form)
      at = at + best.length
    elseif (last or session.heard) and bytes:find("^[\r\n%z]", at) then
      local _, stop = bytes:find("^[\r\n%z]+", at)
      if last then last.length = stop - last.start end
      at = stop + 1
    else
      local length = unexplained(bytes, at, forms, dialect.framing.to_client[session.phase])
      if not length then return found, at - 1, DESEGMENT_ONE_MORE_SEGMENT end
      found[#found + 1] = { start = at - 1, length = length, content = bytes:sub(at, at + length - 1),
        kind = "unrecognised", values = {}, standing = "document" }
      at = at + length
    end
    session.heard = true
  end
  return found
end

-- A content whose end is known.
local function take_reply(session, found, content, start, length)
  for _, form in ipairs(expected(session)) do
    local behind, values = match(form, content, 1, 1, {}, true)
    if behind then
      found[#found + 1] = { start = start, length = length, content = content, kind = form.kind,
        values = values_of(content, values), standing = form.standing }
      follow_reply(session, form)
      return
    end
  end
  found[#found + 1] = { start = start, length = length, content = content, kind = "unrecognised", values = {},
    standing = "document" }
end

-- A byte as it stands in a set of a pattern.
local function in_set(byte)
  return (byte:gsub("%W", "%%%0"))
end

local read

-- The messages of a delimited or framed stream; the other values say from where on how many bytes more are wanted, if any.
local function framed(session, bytes, framing, to_server)
  local found, at = {}, 1
  local take = to_server and take_request or take_reply
  while at <= #bytes do
    local now = dialect.framing[to_server and "to_server" or "to_client"][session.phase]
    if now ~= framing then
      local others, offset, wanted = read(session, bytes:sub(at), to_server)
      for _, message in ipairs(others) do
        message.start = message.start + at - 1
        found[#found + 1] = message
      end
      return found, offset and offset + at - 1, wanted
    end
    if framing.kind == "delimited" then
      local nearest, mark = find_end(bytes, framing.terminators, at)
      if not nearest then return found, at - 1, DESEGMENT_ONE_MORE_SEGMENT end
      take(session, found, bytes:sub(at, nearest - 1), at - 1, nearest + #mark - at)
      at = nearest + #mark
    elseif framing.kind == "header" then
      if #bytes - at + 1 < framing.width then return found, at - 1, DESEGMENT_ONE_MORE_SEGMENT end
      -- Padding with zeros leaves the number as it is.
      local blank = "[ " .. (framing.pad == "0" and "" or in_set(framing.pad)) .. "]*"
      local number = bytes:sub(at, at + framing.width - 1):match("^" .. blank .. "(%d+)" .. blank .. "$")
      if not number or tonumber(number) > dialect.largest then
        found[#found + 1] = { start = at - 1, length = #bytes - at + 1, content = bytes:sub(at), kind = "unrecognised",
          values = {}, standing = "document" }
        return found
      end
      local behind = at + framing.width + tonumber(number)
      if behind - 1 > #bytes then return found, at - 1, behind - 1 - #bytes end
      take(session, found, bytes:sub(at + framing.width, behind - 1), at - 1, behind - at)
      at = behind
    else
      if #bytes - at + 1 < framing.size then return found, at - 1, framing.size - (#bytes - at + 1) end
      local frame = bytes:sub(at, at + framing.size - 1)
      local content = (frame:gsub("[" .. in_set(framing.pad) .. "]+$", ""))
      take(session, found, content, at - 1, framing.size)
      at = at + framing.size
    end
  end
  return found
end

-- The messages of one direction, by the framing that the phase gives it.
function read(session, bytes, to_server)
  local framing = dialect.framing[to_server and "to_server" or "to_client"][session.phase]
  if framing.kind ~= "raw" and (to_server or not dialect.by_content) then
    return framed(session, bytes, framing, to_server)
  elseif to_server then
    return raw_requests(session, bytes)
  end
  return raw_replies(session, bytes)
end

-- The bytes without what decorates them, and where each stood. A sequence that a segment cuts is not known as one.
local function undecorated(bytes)
  local text, places, at = {}, {}, 1
  while at <= #bytes do
    local byte = bytes:sub(at, at)
    local _, last = bytes:find("^\27%[[^\64-\126]*[\64-\126]", at)
    if not last then _, last = bytes:find("^\27.", at) end
    if dialect.ansi and last then
      at = last + 1
    else
      if not (dialect.cr and byte == "\r") then
        text[#text + 1] = byte
        places[#places + 1] = at
      end
      at = at + 1
    end
  end
  return table.concat(text), places
end

-- Lets what was found without decoration stand in the bytes of the frame.
local function restore(known, places)
  for _, message in ipairs(known.messages) do
    local first, last = places[message.start + 1], places[message.start + message.length]
    if first and last then message.start, message.length = first - 1, last - first + 1 end
  end
  if known.offset and places[known.offset + 1] then known.offset = places[known.offset + 1] - 1 end
end

local sessions, memory = {}, {}

function proto.init()
  sessions, memory = {}, {}
end

-- Whether the capture holds the beginning of the connection: a SYN or its answer, before this segment or in it.
local function began()
  local seen, syn = knows_completeness and completeness(), opening()
  return not seen or seen.value % 4 ~= 0 or (syn ~= nil and syn.value)
end

local function new_session(phase)
  return { phase = phase, pending = {}, heard = false }
end

local OPENINGS = { greeting = true, prompt = true, welcome = true }

-- Where a connection stands with the first that is seen of it. A beginning that was not captured may still show: in what a
-- server says only there, or in a name that is nothing that a member asks.
local function first_phase(bytes, to_server)
  if dialect.begins == "chatting" or began() then return dialect.begins end
  local function kind_in(phase)
    local first = read(new_session(phase), bytes, to_server)[1]
    return first and first.kind
  end
  local at_start = kind_in("joining")
  local begins = OPENINGS[at_start]
  if to_server then begins = at_start == "join" and not is_request(kind_in("chatting")) end
  return begins and "joining" or "chatting"
end

local function session_of(number, bytes, to_server)
  if not sessions[number] then sessions[number] = new_session(first_phase(bytes, to_server)) end
  return sessions[number]
end

-- Wireshark ends a string at a NUL.
local function visible(bytes)
  return (bytes:gsub("%z", "\\0"))
end

local function show(message, buffer, tree, to_server)
  local range = buffer(message.start, message.length)
  local branch = tree:add(proto, range)
  branch:append_text(", " .. message.kind)
  branch:add(fields.kind, range, message.kind)
  branch:add(fields.direction, range, to_server and "to server" or "to client")
  if message.kind == "unrecognised" then branch:add_proto_expert_info(unrecognised) end
  if message.standing == "tolerated" then branch:add_proto_expert_info(tolerated) end
  branch:add(fields.standing, range, message.standing)
  branch:add(fields.content, range, visible(message.content))
  for _, name in ipairs(names) do
    if message.values[name] then branch:add(fields[name], range, visible(message.values[name])) end
  end
end

-- Whether TCP cut a write here: a full segment that does not push. Nothing else tells it before the next segment is seen.
local function goes_on(length)
  local push = pushed()
  return length >= FULL_SEGMENT and push ~= nil and not push.value
end

function proto.dissector(buffer, pinfo, tree)
  if buffer:len() == 0 then return 0 end
  local number = stream_number()
  local to_server = pinfo.dst_port == pinfo.match_uint
  -- The same bytes of the same frame are read again whenever somebody looks at it; the session has moved on since.
  local key = pinfo.number .. ":" .. tostring(pinfo.dst_port) .. ":" .. buffer:len()
  local known = memory[key]
  if not known then
    local bytes, places = buffer:raw(), nil
    if not to_server and (dialect.ansi or dialect.cr) then bytes, places = undecorated(bytes) end
    local session = session_of(number and number.value or 0, bytes, to_server)
    local framing = to_server and dialect.framing.to_server[session.phase] or dialect.framing.to_client[session.phase]
    known = {}
    if framing.kind == "raw" and goes_on(buffer:len()) then
      known.messages, known.offset, known.wanted = {}, 0, DESEGMENT_ONE_MORE_SEGMENT
    else
      known.messages, known.offset, known.wanted = read(session, bytes, to_server)
    end
    if places then restore(known, places) end
    memory[key] = known
  end
  pinfo.cols.protocol = proto.name
  local info = {}
  for _, message in ipairs(known.messages) do
    show(message, buffer, tree, to_server)
    info[#info + 1] = message.kind .. " " .. visible(message.content)
  end
  if #info > 0 then pinfo.cols.info = table.concat(info, " | ") end
  if known.wanted then
    pinfo.desegment_offset = known.offset
    pinfo.desegment_len = known.wanted
    return
  end
  return buffer:len()
end

DissectorTable.get("tcp.port"):add(dialect.port, proto)
