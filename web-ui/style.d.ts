// esbuild takes a style sheet by its import; for TypeScript it is nothing.
declare module '*.css' {}
