using System.Text;
using KafkaFlow.Playbooks.Reading;
using KafkaFlow.Playbooks.Yaml;
using KafkaFlow.Testing;
using YamlDotNet.Core;

namespace KafkaFlow.Playbooks.Tests;

/// <summary>Whatever is done to a valid playbook, the compiler answers: a graph, or errors with places in the file.</summary>
[Trait("tier", "fast")]
public sealed class MutationTests(ITestOutputHelper output)
{
    private const int TreeMutations = 2_000;
    private const int TextMutations = 2_000;

    [Fact]
    public void A_changed_tree_gives_a_graph_or_errors_with_places()
    {
        var seed = TestSeed.Next(output);
        var random = new Random(seed);
        var (graphs, refused) = (0, 0);
        var codes = new HashSet<string>();
        foreach (var source in Sources())
        {
            for (var i = 0; i < TreeMutations / Sources().Count; i++)
            {
                var mutated = Flow(Mutate(YamlReader.Read(source, new DiagnosticList(""))!, random));
                var compiled = Compile(mutated, seed);
                if (compiled.Graph is null) refused++;
                else graphs++;
                codes.UnionWith(compiled.Diagnostics.Select(d => d.Code));
            }
        }
        output.WriteLine($"{graphs} graphs, {refused} refused, codes {string.Join(' ', codes.Order())}");
        Assert.True(graphs > TreeMutations / 20 && refused > TreeMutations / 4, $"{graphs} graphs, {refused} refused");
        Assert.Superset(new HashSet<string> { "unknown_key", "missing_key", "wrong_type", "unknown_step" }, codes);
    }

    [Fact]
    public void Changed_text_gives_a_graph_or_errors_with_places()
    {
        var seed = TestSeed.Next(output);
        var random = new Random(seed);
        var refused = 0;
        foreach (var source in Sources())
            for (var i = 0; i < TextMutations / Sources().Count; i++)
                if (Compile(Scramble(source, random), seed).Graph is null) refused++;
        output.WriteLine($"{refused} of {TextMutations} refused");
        Assert.True(refused > TextMutations / 4, $"only {refused} refused");
    }

    private static CompiledPlaybook Compile(string source, int seed)
    {
        CompiledPlaybook compiled;
        try
        {
            compiled = PlaybookCompiler.Compile(source, Compiling.File);
        }
        catch (Exception e)
        {
            throw new InvalidOperationException($"seed {seed}, source:\n{source}", e);
        }
        var hasError = compiled.Diagnostics.Any(d => d.Severity == PlaybookDiagnostic.Error);
        Assert.True(compiled.Graph is null == hasError, $"seed {seed}: graph and errors disagree for\n{source}");
        var lines = source.Split(["\r\n", "\n", "\r", "\u0085", "\u2028", "\u2029"], StringSplitOptions.None);
        foreach (var d in compiled.Diagnostics)
            Assert.True(d.Line >= 1 && d.Line <= lines.Length && d.Column >= 1 && d.Column <= lines[d.Line - 1].Length + 1,
                $"seed {seed}: {d.Line}:{d.Column} {d.Code} is outside of\n{source}");
        return compiled;
    }

    private static List<string> Sources() =>
    [
        File.ReadAllText(Path.Combine(TestEnvironment.RepositoryRoot, "playbooks", "order.yaml")),
        Compiling.Head + """
            workload: {n: 3, who: "{{ execution_id }}", deep: {list: [1, 2.5, true, null, "x"]}}
            on_failure: drain
            deadline: 5m
            workbook:
            - {name: calc, tool: python, args: {a: 1}, code: "def main(a, n): return a"}
            workflow:
            - step: start
              next: [{step: one, args: {x: "{{ workload.n }}"}}, two]
            - step: one
              tool: workbook
              name: calc
              timeout: {queue: 5s, total: 1m}
              next: [{when: "{{ result > 1 }}", then: [three, {step: end, args: {y: 2}}]}, {else: end}]
            - step: two
              tool: postgres
              auth: {credential: pg}
              command: ["select {{ n }}", select 2]
              params: {a: "{{ workload.n }}"}
              save: {storage: {tool: event_log, args: {x: "{{ result }}"}}}
              next: [{step: three, on_error: true, args: {e: "{{ error.code }}"}}, {step: end}]
            - step: three
              join: {n_of: 1}
              next_mode: first
              tool: mail
              args: {to: "{{ one.x | default('a') }}"}
              next: end
            - step: end
              join: any
            """,
        Compiling.Head + """
            workload: {cities: [a, b], boss: ann}
            workflow:
            - step: start
              tool: iterator
              collection: "{{ workload.cities }}"
              element: city
              mode: async
              concurrency: 4
              where: "{{ city != 'x' }}"
              order_by: {by: city.name, descending: true}
              limit: 10
              on_error: {tolerate: 1}
              task:
                tool: iterator
                collection: [1, 2]
                task: {tool: mail, args: {to: "{{ city }}", n: "{{ item }}"}, retry: {max_attempts: 2, retry_when: "{{ status_code == 503 }}"}}
              next: poll
            - step: poll
              tool: mail
              retry: 3
              compensate: undo
              while: {condition: "{{ result.more }}", max_iterations: 5, delay: 1s}
              next: [{when: "{{ result.again }}", step: hold}, {step: log, each_visit: true}, {else: ask}]
            - step: hold
              wait: {signal: "go-{{ execution_id }}", timeout: 1h}
              next: poll
            - step: log
              tool: transform
              expression: poll.n + 1
            - step: ask
              approval: {who: ["{{ workload.boss }}"], form: {n: 1}, timeout: 1d}
              next: child
            - step: child
              tool: playbook
              path: t/u
              args: {x: 1}
              return_step: last
              await_cancel: true
            - step: undo
              tool: mail
            - step: tell
              tool: mail
              finally: true
            """,
    ];

    /// <summary>Drops, renames, doubles or retypes one to three nodes.</summary>
    private static YamlNode Mutate(YamlNode root, Random random)
    {
        for (var i = random.Next(1, 4); i > 0; i--)
        {
            var target = random.Next(Count(root));
            root = Change(root, ref target, random);
        }
        return root;
    }

    private static int Count(YamlNode node) => node switch
    {
        YamlMap map => 1 + map.Entries.Sum(e => Count(e.Value)),
        YamlList list => 1 + list.Items.Sum(Count),
        _ => 1,
    };

    private static YamlNode Change(YamlNode node, ref int target, Random random)
    {
        if (target-- == 0) return Replace(node, random);
        switch (node)
        {
            case YamlMap map:
                var entries = new List<YamlEntry>();
                foreach (var entry in map.Entries) entries.Add(entry with { Value = Change(entry.Value, ref target, random) });
                return new YamlMap(node.At, entries);
            case YamlList list:
                var items = new List<YamlNode>();
                foreach (var item in list.Items) items.Add(Change(item, ref target, random));
                return new YamlList(node.At, items);
            default: return node;
        }
    }

    private static YamlNode Replace(YamlNode node, Random random)
    {
        if (node is YamlMap { Entries.Count: > 0 } map && random.Next(3) > 0)
        {
            var entries = map.Entries.ToList();
            var at = random.Next(entries.Count);
            if (random.Next(2) == 0) entries.RemoveAt(at);
            else entries[at] = entries[at] with { Key = Text(Typo(entries[at].Key.Text, random)) };
            return new YamlMap(node.At, entries);
        }
        if (node is YamlList { Items.Count: > 0 } list && random.Next(3) > 0)
        {
            var items = list.Items.ToList();
            var at = random.Next(items.Count);
            if (random.Next(2) == 0) items.RemoveAt(at);
            else items.Insert(at, items[random.Next(items.Count)]);
            return new YamlList(node.At, items);
        }
        if (node is YamlScalar scalar && random.Next(2) == 0) return Text(Typo(scalar.Text, random));
        return random.Next(7) switch
        {
            0 => new YamlScalar(node.At, "", ScalarStyle.Plain),
            1 => new YamlScalar(node.At, "17", ScalarStyle.Plain),
            2 => new YamlScalar(node.At, "true", ScalarStyle.Plain),
            3 => new YamlList(node.At, [node]),
            4 => new YamlMap(node.At, [new(Text("step"), node)]),
            5 => new YamlMap(node.At, []),
            _ => Text("{{ start.x | nothing }}"),
        };
    }

    private static YamlScalar Text(string text) => new(new(1, 1), text, ScalarStyle.DoubleQuoted);

    private static string Typo(string text, Random random)
    {
        var at = random.Next(text.Length + 1);
        return random.Next(3) switch
        {
            0 => text.Insert(at, "z"),
            1 when at < text.Length => text.Remove(at, 1),
            _ => text[..at],
        };
    }

    private static string Scramble(string source, Random random)
    {
        const string Alphabet = " \n\t:-{}[]\"'|>#&*!%@`,?\\abz019~é\u2028\r\0\uD800";
        var text = new StringBuilder(source);
        for (var i = random.Next(1, 5); i > 0 && text.Length > 0; i--)
        {
            var at = random.Next(text.Length);
            var length = Math.Min(random.Next(1, 12), text.Length - at);
            switch (random.Next(3))
            {
                case 0: text.Remove(at, length); break;
                case 1: text.Insert(at, Alphabet[random.Next(Alphabet.Length)]); break;
                default: text.Insert(random.Next(text.Length), text.ToString(at, length)); break;
            }
        }
        return text.ToString();
    }

    /// <summary>The tree as flow YAML over several lines, texts quoted.</summary>
    private static string Flow(YamlNode node) => node switch
    {
        YamlMap map => $"{{{string.Join(",\n", map.Entries.Select(e => $"{Quoted(e.Key.Text)}: {Flow(e.Value)}"))}}}",
        YamlList list => $"[{string.Join(",\n", list.Items.Select(Flow))}]",
        YamlScalar { IsText: false } scalar => scalar.Text.Length == 0 ? "null" : scalar.Text,
        YamlScalar scalar => Quoted(scalar.Text),
        _ => throw new InvalidOperationException(),
    };

    private static string Quoted(string text) =>
        "\"" + text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal)
            .Replace("\n", "\\n", StringComparison.Ordinal) + "\"";
}
