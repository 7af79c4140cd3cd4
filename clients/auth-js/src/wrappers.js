/**
 * `getServerSession` of next-auth 4: with options, or with request, response and options.
 *
 * @param {(...args: any[]) => any} fallback
 * @param {(source: any) => Promise<{ none?: boolean, session?: any }>} answer
 * @param {() => Promise<unknown>} current
 */
export function getServerSessionOf(fallback, answer, current) {
  return async (...args) => answered(fallback, args, await answer(args.length > 1 ? args[0] : await current()));
}

/**
 * `auth` of Auth.js 5: without arguments, with request and response of a route under `pages`, or with the context of
 * `getServerSideProps`. As middleware and around a handler it goes on asking the application, whose `authorized` callback
 * would not be asked otherwise; only a wrong assertion is refused here.
 *
 * @param {(...args: any[]) => any} fallback
 * @param {(source: any) => Promise<{ none?: boolean, wrong?: boolean, session?: any }>} answer
 * @param {() => Promise<unknown>} current
 */
export function authOf(fallback, answer, current) {
  const guarded = async (request, then) => ((await answer(request)).wrong ? new Response(null, { status: 401 }) : then());
  return (...args) => {
    const [first] = args;
    if (typeof first === "function") {
      const handler = fallback(...args);
      return (...call) => guarded(call[0], async () => (await handler)(...call));
    }
    if (first instanceof Request) {
      return guarded(first, () => fallback(...args));
    }
    return (async () => answered(fallback, args, await answer(first?.req ?? first ?? (await current()))))();
  };
}

function answered(fallback, args, { none, session }) {
  return none ? fallback(...args) : (session ?? null);
}
