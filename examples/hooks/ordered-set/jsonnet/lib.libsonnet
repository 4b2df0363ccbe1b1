// The objects of an OrderedSet.
{
  group(children, kind):: std.get(children, kind, {}),

  isReady(pod)::
    pod != null
    && !std.objectHas(pod.metadata, 'deletionTimestamp')
    && std.length([
      one
      for one in std.get(std.get(pod, 'status', {}), 'conditions', [])
      if one.type == 'Ready' && one.status == 'True'
    ]) > 0,

  // The number of a Pod, or -1 if the Pod is not one of the set.
  ordinal(set, pod)::
    local prefix = set + '-';
    local digits = pod[std.length(prefix):];
    if std.startsWith(pod, prefix) && digits != '' && std.stripChars(digits, '0123456789') == '' then std.parseInt(digits) else -1,

  pod(parent, index)::
    local podName = '%s-%d' % [parent.metadata.name, index];
    local template = parent.spec.template;
    {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: template.metadata { name: podName },
      spec: template.spec {
        hostname: podName,
        subdomain: parent.spec.serviceName,
        volumes: std.get(template.spec, 'volumes', []) + [
          {
            name: volume.metadata.name,
            persistentVolumeClaim: { claimName: volume.metadata.name + '-' + podName },
          }
          for volume in std.get(parent.spec, 'volumes', [])
        ],
      },
    },

  claims(parent, index):: [
    {
      apiVersion: 'v1',
      kind: 'PersistentVolumeClaim',
      metadata: {
        labels: parent.spec.template.metadata.labels,
        name: '%s-%s-%d' % [volume.metadata.name, parent.metadata.name, index],
      },
      spec: volume.spec,
    }
    for volume in std.get(parent.spec, 'volumes', [])
  ],
}
