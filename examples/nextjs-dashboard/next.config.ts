import type { NextConfig } from "next";

const config: NextConfig = {
  // Other package.json files further up are none of this application's business.
  turbopack: { root: process.cwd() },
  poweredByHeader: false,
};

export default config;
