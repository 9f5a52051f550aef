import { Tabs, Text } from '@mantine/core';
import guide from '../../../docs/guides/receive.md?raw';
import { CodeBlock } from '../parts/values/code-block';
import { Panel } from '../parts/panel';

const LANGUAGES = ['Node', 'Python', 'Go', 'PHP', 'Ruby'];

/** The programs of the guide, each of which was run against Warren: there is no second copy that could be wrong. */
function recipeOf(language: string): { install: string; code: string } {
  const section = guide.split(/^### /m).find((text) => text.startsWith(`${language}\n`)) ?? '';
  const code = /```\w+\n([\s\S]*?)```/.exec(section)?.[1] ?? '';
  return { install: /`([^`]+)`/.exec(section)?.[1] ?? '', code: code.trimEnd() };
}

export default function VerifyHelp() {
  return (
    <Panel title="Verify the signature">
      <Text size="sm" c="dimmed" mb="sm">
        Verify over the raw body, before it is parsed, with the endpoint’s secret in WEBHOOK_SECRET. Signed by
        Standard Webhooks, so its libraries do.
      </Text>
      <Tabs defaultValue="Node" keepMounted={false}>
        <Tabs.List>
          {LANGUAGES.map((language) => (
            <Tabs.Tab value={language} key={language}>
              {language}
            </Tabs.Tab>
          ))}
        </Tabs.List>
        {LANGUAGES.map((language) => {
          const { install, code } = recipeOf(language);
          return (
            <Tabs.Panel value={language} pt="md" key={language}>
              <CodeBlock label="Command" text={install} />
              <div className="gap" />
              <CodeBlock label="Code" text={code} />
            </Tabs.Panel>
          );
        })}
      </Tabs>
    </Panel>
  );
}
