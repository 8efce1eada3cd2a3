import { isApiError } from 'holdfast';
import { probes } from '../probes.ts';

// At each request, and never when the app is built.
export const dynamic = 'force-dynamic';

const show = async (probe: string): Promise<string | number> => {
  try {
    return (await probes[probe]!(`${process.env.UPSTREAM}/${probe}`)).status;
  } catch (error) {
    return isApiError(error) ? error.kind : String(error);
  }
};

export default async function Page({ params }: { params: Promise<{ probe: string }> }) {
  return <output>{await show((await params).probe)}</output>;
}
