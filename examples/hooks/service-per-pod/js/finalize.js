// The Services are gone when none is observed any more; then the annotation is removed, too.
module.exports = async function (context) {
  const { attachments } = context.request.body;
  const left = Object.keys(attachments['Service.v1'] || {}).length;
  return { status: 200, body: { annotations: { 'example.com/services': null }, attachments: [], finalized: left === 0 } };
};
