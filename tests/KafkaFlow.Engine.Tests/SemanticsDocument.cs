using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using KafkaFlow.Contracts;
using KafkaFlow.Testing;

namespace KafkaFlow.Engine.Tests;

/// <summary>The tables of <c>docs/semantics.md</c> that follow from the code. <c>KAFKAFLOW_WRITE_DOCS=1</c> writes them
/// anew.</summary>
[Trait("tier", "fast")]
public sealed class SemanticsDocument
{
    private static readonly string Path = System.IO.Path.Combine(TestEnvironment.RepositoryRoot, "docs", "semantics.md");

    /// <summary>What each setting bounds, and what happens beyond it.</summary>
    private static readonly Dictionary<string, string> Meanings = new()
    {
        ["reply_topic"] = "topic that workers answer to",
        ["heartbeat_ms"] = "silence after which a started attempt counts as lost",
        ["max_lost"] = "lost workers and forced re-emissions of one step; beyond: the step fails",
        ["task_retention_ms"] = "retention of the task topics",
        ["retention_margin_ms"] = "so long before it an unstarted task is emitted again",
        ["max_signals"] = "signals kept until something waits for them; beyond: rejected",
        ["max_facts_per_decision"] = "beyond: the decision goes on by a `continue`",
        ["max_bytes_per_decision"] = "the same",
        ["max_steps"] = "visits, items and iterations begun by one run; beyond: the run fails",
        ["max_width"] = "activations live at once; beyond: the run fails",
        ["max_visits"] = "visits of one step; beyond: the run fails",
        ["max_items"] = "items of one loop; beyond: the run fails",
        ["max_concurrency"] = "items of one loop at once where it names no number; further ones wait",
        ["max_depth"] = "executions nested below a first one; beyond: the step fails",
        ["max_history_bytes"] = "bytes of all facts of one run; beyond: the run fails",
        ["max_patches"] = "patches of one run; beyond: rejected",
        ["park_on"] = "error codes of failed attempts that park the run",
    };

    [Theory]
    [InlineData("lifecycle of a run")]
    [InlineData("lifecycle of a step")]
    [InlineData("limits")]
    public void A_table_of_the_document_says_what_the_code_does(string name)
    {
        var (begin, end) = ($"<!-- {name}: written by SemanticsDocument -->\n", $"<!-- end of {name} -->");
        var text = File.ReadAllText(Path);
        var from = text.IndexOf(begin, StringComparison.Ordinal) + begin.Length;
        var to = text.IndexOf(end, StringComparison.Ordinal);
        Assert.True(from >= begin.Length && to >= from, $"the marks of '{name}' are not in docs/semantics.md");
        var table = name switch
        {
            "limits" => Limits(),
            "lifecycle of a run" => Lifecycle(KafkaFlow.Engine.Lifecycle.Executions.Select(entry =>
                (Name(entry.Key.Item1), entry.Key.Item2, Name(entry.Value)))),
            _ => Lifecycle(KafkaFlow.Engine.Lifecycle.Steps.Select(entry =>
                (Name(entry.Key.Item1), entry.Key.Item2, Name(entry.Value)))),
        };
        if (Environment.GetEnvironmentVariable("KAFKAFLOW_WRITE_DOCS") == "1")
        {
            text = text[..from] + table + text[to..];
            File.WriteAllText(Path, text);
            to = from + table.Length;
        }
        Assert.Equal(table, text[from..to]);
    }

    [Fact]
    public void Every_section_has_a_picture()
    {
        var sections = File.ReadAllText(Path).Split("\n## ")[1..];
        Assert.True(sections.Length >= 12);
        Assert.All(sections, section => Assert.True(section.Contains("```", StringComparison.Ordinal)
            || section.Contains("\n|", StringComparison.Ordinal), section[..section.IndexOf('\n', StringComparison.Ordinal)]));
    }

    private static string Limits()
    {
        var settings = JsonNode.Parse(JsonText.Write(new EngineSettings(), SettingsJson.Write))!.AsObject();
        Assert.Equal(settings.Select(setting => setting.Key).Order(StringComparer.Ordinal), Meanings.Keys.Order(StringComparer.Ordinal));
        var table = new StringBuilder("| setting | default | |\n|---|---|---|\n");
        foreach (var (name, value) in settings)
            table.Append(CultureInfo.InvariantCulture, $"| `{name}` | {value!.ToJsonString()} | {Meanings[name]} |\n");
        return table.ToString();
    }

    private static string Lifecycle(IEnumerable<(string From, string Event, string To)> entries)
    {
        var order = EventTypes.All.Keys.ToList();
        var table = new StringBuilder("| in | goes on by | stays with |\n|---|---|---|\n");
        foreach (var state in entries.GroupBy(entry => entry.From).OrderBy(group => group.Key, StringComparer.Ordinal))
        {
            var sorted = state.OrderBy(entry => order.IndexOf(entry.Event)).ToList();
            var moves = sorted.Where(entry => entry.To != entry.From).Select(entry => $"{entry.Event} → {entry.To}");
            var stays = sorted.Where(entry => entry.To == entry.From).Select(entry => entry.Event);
            table.Append(CultureInfo.InvariantCulture, $"| {state.Key} | {string.Join(", ", moves)} | {string.Join(", ", stays)} |\n");
        }
        return table.ToString();
    }

    private static string Name<T>(T state) where T : struct, Enum =>
        string.Concat(state.ToString().Select((c, i) => i > 0 && char.IsUpper(c) ? $" {char.ToLowerInvariant(c)}" : $"{char.ToLowerInvariant(c)}"));
}
