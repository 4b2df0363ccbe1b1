// Helpers for hooks: `local metawasm = import 'metawasm.libsonnet';`
//
// The engine has this file: a script needs no copy of it. It is plain Jsonnet, so that a copy beside the hook also works
// with jsonnetd and the command `jsonnet`.
{
  // Ends the hook: the parent is invalid until a person edits it. The text is shown as an Event on the parent.
  invalid(text):: error 'invalid: ' + text,

  // Ends the hook: it cannot answer yet, and is called again after some seconds. No Event is written.
  retryLater(seconds, reason):: error 'retry later (%d s): %s' % [seconds, reason],

  // The ten first hexadecimal digits of the hash of a value. Equal values have equal hashes.
  hash(value):: std.md5(std.manifestJsonMinified(value))[0:10],

  // Joins parts to the name of an object. A name longer than `limit` is cut and ends with a hash of all parts.
  name(parts, limit=63)::
    local whole = std.join('-', [std.toString(part) for part in parts]);
    if std.length(whole) <= limit then whole
    else std.rstripChars(whole[0:limit - 11], '-.') + '-' + self.hash(whole),

  // The observed children (or attachments) of a kind as a list: `list(request.children, 'Pod.v1')`.
  list(groups, kind):: if std.objectHas(groups, kind) then std.objectValues(groups[kind]) else [],

  // The observed object of a kind and a name, or null: `find(request.children, 'Pod.v1', 'web-0')`.
  find(groups, kind, name)::
    local found = [object for object in self.list(groups, kind) if object.metadata.name == name];
    if std.length(found) > 0 then found[0] else null,

  // Whether an object's condition of a type is True.
  hasCondition(object, type)::
    local status = std.get(object, 'status', {});
    std.length([
      one
      for one in std.get(status, 'conditions', [])
      if one.type == type && one.status == 'True'
    ]) > 0,

  // A condition for a status. `status` is a boolean, or null for Unknown.
  condition(type, status, reason, message=''):: {
    type: type,
    status: if status == null then 'Unknown' else if status then 'True' else 'False',
    reason: reason,
    message: message,
  },

  // The number of a quantity: '250m' is 0.25, '1Gi' is 1073741824. A number is returned as it is.
  quantity(text)::
    local units = {
      n: 1e-9, u: 1e-6, m: 1e-3, k: 1e3, M: 1e6, G: 1e9, T: 1e12, P: 1e15, E: 1e18,
      Ki: 1024, Mi: 1048576, Gi: 1073741824, Ti: 1099511627776, Pi: 1125899906842624, Ei: 1152921504606846976,
    };
    if std.isNumber(text) then text
    else
      local fits = [unit for unit in std.objectFields(units) if std.endsWith(text, unit)];
      local unit = std.foldl(function(a, b) if std.length(b) > std.length(a) then b else a, fits, '');
      local digits = text[0:std.length(text) - std.length(unit)];
      local plain = std.strReplace(std.strReplace(digits, '.', ''), '-', '');
      if plain == '' || std.stripChars(plain, '0123456789') != '' then self.invalid('invalid quantity ' + text)
      else std.parseJson(digits) * (if unit == '' then 1 else units[unit]),
}
