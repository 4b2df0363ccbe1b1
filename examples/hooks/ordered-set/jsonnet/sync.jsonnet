// Pods with fixed names and volumes. Pod N is only made when the Pods before it are ready, and only removed when those after
// it are gone. The finalize hook (the same URL) removes the Pods in that order as well; the volumes stay until the end.

local lib = import 'lib.libsonnet';

function(request)
  local parent = request.parent;
  local name = parent.metadata.name;
  local pods = lib.group(request.children, 'Pod.v1');
  local claims = lib.group(request.children, 'PersistentVolumeClaim.v1');
  local goal = if request.finalizing then 0 else parent.spec.replicas;

  local present = std.sort([
    lib.ordinal(name, pod)
    for pod in std.objectFields(pods)
    if lib.ordinal(name, pod) >= 0
  ]);
  local firstUnready(index) =
    if index < goal && lib.isReady(std.get(pods, '%s-%d' % [name, index])) then firstUnready(index + 1) else index;
  local ready = firstUnready(0);

  // All Pods that exist stay, but for one: the next to make, or the last to remove.
  local missing = [index for index in std.range(0, goal - 1) if !std.member(present, index)];
  local last = if std.length(present) == 0 then -1 else present[std.length(present) - 1];
  local kept =
    if std.length(missing) > 0 && missing[0] <= ready then std.sort(present + [missing[0]])
    else if last >= goal then [index for index in present if index != last]
    else present;

  local wanted = std.flattenArrays([lib.claims(parent, index) for index in kept]);
  local names = [claim.metadata.name for claim in wanted];
  local left = [
    { apiVersion: claim.apiVersion, kind: claim.kind, metadata: { name: claim.metadata.name } }
    for claim in std.objectValues(claims)
    if !std.member(names, claim.metadata.name)
  ];
  local done = std.length(present) == 0;
  {
    status: { replicas: std.length(present), readyReplicas: ready },
    children:
      if request.finalizing && done then []
      else [lib.pod(parent, index) for index in kept] + wanted + left,
    [if request.finalizing then 'finalized']: done,
  }
