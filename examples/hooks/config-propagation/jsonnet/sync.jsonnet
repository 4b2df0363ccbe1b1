// Copies of one ConfigMap in all namespaces that a selector selects.
function(request)
  local source = request.parent.spec.source;
  local key = source.namespace + '/' + source.name;
  local original = std.get(request.related['ConfigMap.v1'], key);
  local namespaces = std.sort([
    namespace.metadata.name
    for namespace in std.objectValues(request.related['Namespace.v1'])
    if !std.objectHas(namespace.metadata, 'deletionTimestamp') && namespace.metadata.name != source.namespace
  ]);
  local copies = if original == null then [] else [
    {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: source.name, namespace: namespace, annotations: { 'example.com/copy-of': key } },
      data: std.get(original, 'data', {}),
      [if std.objectHas(original, 'binaryData') then 'binaryData']: original.binaryData,
    }
    for namespace in namespaces
  ];
  { status: { copies: std.length(copies), found: original != null }, children: copies }
