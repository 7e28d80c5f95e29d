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
-- The smallest default MSS: a shorter segment was not cut by TCP.
local FULL_SEGMENT = 536
local LOOK_AHEAD = 4

local classes = {
  nick = dialect.blanks_in_names and "^[\32-\126\128-\255]+" or "^[\33-\126\128-\255]+",
  word = "^[\33-\126\128-\255]+",
  upper = "^[\33-\126\128-\255]+",
  int = "^[0-9]+",
  time = "^[%w%[%]():/%-., +]+",
  address = "^[%x%[%]()'.:, ]+",
}
local least = { nick = dialect.empty_names and 0 or 1, any = 0, lines = 0, time = 4, address = 4 }

-- The longest value of a hole at `at`, as the place behind it.
local function reach(kind, bytes, at)
  local class = classes[kind]
  if not class then return #bytes + 1 end
  local _, last = bytes:find(class, at)
  return last and last + 1 or at
end

local function same(bytes, at, literal, any_case)
  local part = bytes:sub(at, at + #literal - 1)
  return part == literal or (any_case and part:lower() == literal:lower())
end

local function find(bytes, literal, from, any_case)
  if any_case then return bytes:lower():find(literal:lower(), from, true) end
  return bytes:find(literal, from, true)
end

-- How a form fares at `at`: the place behind it, its values, and where a free text at its end begins.
local function match(form, bytes, at, part, values, whole)
  local piece = form.parts[part]
  if not piece then
    if whole and at <= #bytes then return nil end
    return at, values, nil
  end
  if piece.literal then
    if not same(bytes, at, piece.literal, form.any_case) then return nil end
    return match(form, bytes, at + #piece.literal, part + 1, values, whole)
  end
  local limit = reach(piece.kind, bytes, at)
  local fewest = least[piece.kind] or 1
  local following = form.parts[part + 1]
  if following then
    local from = at + fewest
    for _ = 1, 64 do
      local found = find(bytes, following.literal, from, form.any_case)
      if not found or found > limit then return nil end
      local known = {}
      for k, v in pairs(values) do known[k] = v end
      known[piece.name] = { at, found }
      local behind, result, tail = match(form, bytes, found, part + 1, known, whole)
      if behind then return behind, result, tail end
      from = found + 1
    end
    return nil
  end
  if limit < at + fewest or (whole and limit <= #bytes) then return nil end
  values[piece.name] = { at, limit }
  return limit, values, at
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

-- Where a free text that began at `tail` ends: where another message begins, else at the end.
local function tail_end(bytes, tail, forms)
  local nearest = #bytes + 1
  for _, form in ipairs(forms) do
    local literal = first_literal(form)
    local from = tail
    while literal ~= "" do
      local found = bytes:find(literal, from, true)
      if not found or found >= nearest then break end
      if reads_as_known(bytes, found, forms, LOOK_AHEAD) then nearest = found break end
      from = found + 1
    end
  end
  return nearest
end

local recognise

-- The same message in a form with an end of its own, where a free text has swallowed a message that follows it.
local function to_the_letter(rest, best, forms)
  if not best or not best.open then return best end
  for _, form in ipairs(forms) do
    if form.kind == best.form.kind and form.rank <= best.form.rank and #form.parts > 0
      and form.parts[#form.parts].literal then
      local behind, values = match(form, rest, 1, 1, {}, false)
      if behind and behind > 1 and behind - 1 < best.length and recognise(rest, behind, forms) then
        return { form = form, values = values, length = behind - 1, open = false }
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
    local behind, values, tail = match(form, rest, 1, 1, {}, false)
    if behind and tail then
      local last = form.parts[#form.parts]
      behind = tail_end(rest, tail + (least[last.kind] or 1), forms)
      values[last.name][2] = behind
    end
    if behind and behind > 1 and (not best or behind - 1 > best.length) then
      best = { form = form, values = values, length = behind - 1, open = tail ~= nil }
    end
  end
  return best, rest
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

-- What a client asks.
local function read_member(content)
  local text = dialect.strip and trim(content) or content
  for _, form in ipairs(dialect.requests) do
    local behind, values = match(form, text, 1, 1, {}, true)
    if behind then return form.kind, values_of(text, values), form.worded end
  end
  local word = first_word(text)
  for _, form in ipairs(dialect.requests) do
    local known = first_word(first_literal(form))
    if known ~= "" and (known == word or (dialect.any_case and known:lower() == word:lower())) then
      return "malformed-request", {}, false
    end
  end
  if dialect.refuses_unknown then return "unknown-request", { word = word }, false end
  return "malformed-request", {}, false
end

local function read_request(content, session)
  local kind, values, worded = read_member(content)
  if session.phase == "chatting" or worded then return kind, values end
  for _, form in ipairs(dialect.joins) do
    if #form.parts == 1 and form.parts[1].name then return "join", { nick = content } end
    local text = dialect.strip and trim(content) or content
    local behind, found = match(form, text, 1, 1, {}, true)
    if behind then return "join", values_of(text, found) end
  end
  return kind, values
end

local function is_request(kind)
  return kind == "say" or kind == "tell" or kind == "list" or kind == "quit" or kind == "join"
end

local function answers(asked, form)
  return form.answers[asked] == true
end

-- A welcome to a member, which nothing asks for: known, though not expected.
local function welcome_again(session)
  local forms = {}
  for _, form in ipairs(dialect.replies) do
    if form.kind == "welcome" and form.standing ~= "tolerated" and session.phase ~= "joining" then
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

-- What the server may say now, the likeliest first.
local function expected(session)
  local asked = session.pending[1]
  local forms = {}
  local joining = session.phase == "joining"
  for place, form in ipairs(dialect.replies) do
    local wanted = not form.only_joining or joining
    if form.refuses_name then
      wanted = joining and session.asked_to_join
    end
    if wanted then
      local is_answer = asked ~= nil and answers(asked, form)
      forms[#forms + 1] = {
        form = form, place = place,
        key = { (is_answer and form.standing ~= "tolerated") and 0 or 1, form.declared_first and 0 or 1,
          -form.literal_length, is_answer and 0 or 1, form.rank, place },
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
  for i, asked in ipairs(session.pending) do
    if answers(asked, form) then
      for _ = 1, i do
        if table.remove(session.pending, 1) == "join" then session.asked_to_join = false end
      end
      return
    end
  end
end

local function follow_request(session, kind)
  session.pending[#session.pending + 1] = kind
  if kind == "join" then session.asked_to_join = true end
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

local function raw_replies(session, bytes)
  local found, at = {}, 1
  while at <= #bytes do
    local forms = expected(session)
    local best, rest = recognise(bytes, at, forms)
    best = to_the_letter(rest, best, forms)
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
      local content = rest:sub(1, best.length)
      local text = best.open and without_terminators(content) or content
      local values = values_of(rest, best.values)
      if #text < #content then
        local behind, shorter = match(best.form, text, 1, 1, {}, true)
        if behind then values = values_of(text, shorter) end
      end
      found[#found + 1] = { start = at - 1, length = best.length, content = text, kind = best.form.kind,
        values = values, standing = best.form.standing }
      follow_reply(session, best.form)
      at = at + best.length
    elseif last and bytes:find("^[\r\n%z]", at) then
      local _, stop = bytes:find("^[\r\n%z]+", at)
      last.length = stop - last.start
      at = stop + 1
    else
      local nearest = #bytes + 1
      for _, form in ipairs(forms) do
        local literal = first_literal(form)
        local place = literal ~= "" and bytes:find(literal, at + 1, true)
        if place and place < nearest and recognise(bytes, place, forms) then nearest = place end
      end
      found[#found + 1] = { start = at - 1, length = nearest - at, content = bytes:sub(at, nearest - 1),
        kind = "unrecognised", values = {}, standing = "document" }
      at = nearest
    end
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

-- The messages of a delimited or framed stream; the second value is how many bytes more are wanted, if any.
local function framed(session, bytes, framing, to_server)
  local found, at = {}, 1
  local take = to_server and take_request or take_reply
  while at <= #bytes do
    if framing.kind == "delimited" then
      local nearest, mark
      for _, terminator in ipairs(framing.terminators) do
        local place = bytes:find(terminator, at, true)
        if place and (not nearest or place < nearest or (place == nearest and #terminator > #mark)) then
          nearest, mark = place, terminator
        end
      end
      if not nearest then return found, at - 1, DESEGMENT_ONE_MORE_SEGMENT end
      take(session, found, bytes:sub(at, nearest - 1), at - 1, nearest + #mark - at)
      at = nearest + #mark
    elseif framing.kind == "header" then
      if #bytes - at + 1 < framing.width then return found, at - 1, DESEGMENT_ONE_MORE_SEGMENT end
      local head = bytes:sub(at, at + framing.width - 1)
      local number = trim((head:gsub("%" .. framing.pad, " ")))
      local length = number:match("^%d+$") and tonumber(number)
      if not length then
        found[#found + 1] = { start = at - 1, length = #bytes - at + 1, content = bytes:sub(at), kind = "unrecognised",
          values = {}, standing = "document" }
        return found
      end
      local behind = at + framing.width + length
      if behind - 1 > #bytes then return found, at - 1, behind - 1 - #bytes end
      take(session, found, bytes:sub(at + framing.width, behind - 1), at - 1, behind - at)
      at = behind
    else
      if #bytes - at + 1 < framing.size then return found, at - 1, framing.size - (#bytes - at + 1) end
      local frame = bytes:sub(at, at + framing.size - 1)
      local content = (frame:gsub("%" .. framing.pad .. "+$", ""))
      take(session, found, content, at - 1, framing.size)
      at = at + framing.size
    end
  end
  return found
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

local function session_of(number)
  if not sessions[number] then
    sessions[number] = { phase = #dialect.joins > 0 and "joining" or "chatting", pending = {}, asked_to_join = false }
  end
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
  local session = session_of(number and number.value or 0)
  local to_server = pinfo.dst_port == pinfo.match_uint
  -- The same bytes of the same frame are read again whenever somebody looks at it; the session has moved on since.
  local key = pinfo.number .. ":" .. tostring(pinfo.dst_port) .. ":" .. buffer:len()
  local known = memory[key]
  if not known then
    local bytes, places = buffer:raw(), nil
    if not to_server and (dialect.ansi or dialect.cr) then bytes, places = undecorated(bytes) end
    local framing = to_server and dialect.framing.to_server[session.phase] or dialect.framing.to_client[session.phase]
    known = {}
    if framing.kind ~= "raw" and not (dialect.ends_differ and not to_server) then
      known.messages, known.offset, known.wanted = framed(session, bytes, framing, to_server)
    elseif goes_on(buffer:len()) then
      known.messages, known.offset, known.wanted = {}, 0, DESEGMENT_ONE_MORE_SEGMENT
    elseif to_server then
      known.messages = raw_requests(session, bytes)
    else
      known.messages = raw_replies(session, bytes)
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
