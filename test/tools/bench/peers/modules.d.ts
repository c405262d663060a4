// Only the benchmark installs these. The rest of the repository is checked without them.
declare module '@atproto/oauth-provider'
declare module 'express-oauth2-jwt-bearer'
