export default {
  serverExternalPackages: ['@smarterservices/realtime'],
};
