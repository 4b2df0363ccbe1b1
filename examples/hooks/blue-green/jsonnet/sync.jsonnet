// Two ReplicaSets, blue and green, behind one Service. A new template goes to the idle colour; when all its Pods are
// ready, the Service is turned to it and the other colour is scaled to zero.

local templateKey = 'example.com/template';

function(request)
  local parent = request.parent;
  local spec = parent.spec;
  local name = parent.metadata.name;
  local sets = std.get(request.children, 'ReplicaSet.apps/v1', {});
  local services = std.get(request.children, 'Service.v1', {});

  local other(colour) = if colour == 'blue' then 'green' else 'blue';
  local set(colour) = std.get(sets, name + '-' + colour);
  local made(colour) = std.parseJson(set(colour).metadata.annotations[templateKey]);
  local has(colour) = set(colour) != null && made(colour) == spec.template;
  local status(colour) = std.get(set(colour), 'status', {});
  local readyReplicas(colour) = std.get(status(colour), 'readyReplicas', 0);
  local isReady(colour) =
    std.get(status(colour), 'observedGeneration') == set(colour).metadata.generation
    && readyReplicas(colour) == spec.replicas;

  local before = if std.objectHas(services, name) then services[name].spec.selector.colour else 'blue';
  local outdated = set(before) != null && !has(before);
  local turned = outdated && has(other(before)) && isReady(other(before));
  local active = if turned then other(before) else before;
  local filling = if outdated && !turned then other(before) else null;

  local isNew(colour) = colour == filling || (colour == active && set(colour) == null);
  local replicaSet(colour) =
    local labels = spec.selector.matchLabels { colour: colour };
    // The text is kept as it is: the other colour's may be from an older template.
    local text =
      if isNew(colour) then std.manifestJsonMinified(spec.template)
      else set(colour).metadata.annotations[templateKey];
    {
      apiVersion: 'apps/v1',
      kind: 'ReplicaSet',
      metadata: { name: name + '-' + colour, labels: labels, annotations: { [templateKey]: text } },
      spec: {
        replicas: if colour == active || colour == filling then spec.replicas else 0,
        selector: { matchLabels: labels },
        template: std.mergePatch(std.parseJson(text), { metadata: { labels: labels } }),
      },
    };
  {
    status: {
      active: active,
      phase: if filling == null then 'stable' else 'moving to ' + filling,
      readyReplicas: if set(active) == null then 0 else readyReplicas(active),
    },
    children: [
      replicaSet(colour)
      for colour in ['blue', 'green']
      if set(colour) != null || isNew(colour)
    ] + [{
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: name },
      spec: std.get(spec, 'service', {}) { selector: spec.selector.matchLabels { colour: active } },
    }],
  }
