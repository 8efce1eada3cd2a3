/** @type {import('next').NextConfig} */
export default {
  // Next would take the repository for a workspace: it has a lock file, too.
  turbopack: { root: import.meta.dirname },
};
