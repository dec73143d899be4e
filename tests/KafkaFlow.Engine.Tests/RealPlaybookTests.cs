using System.Text.Json;
using KafkaFlow.Contracts;
using KafkaFlow.Playbooks;
using KafkaFlow.Testing;

namespace KafkaFlow.Engine.Tests;

/// <summary>Playbooks of the reference system, with their expected outcomes; a worker's answers are taken from there.</summary>
[Trait("tier", "fast")]
[Trait("needs", "shared")]
public sealed class RealPlaybookTests
{
    private const string Folder = "noetl-playbooks";

    [Theory]
    [InlineData("hello_world/hello_world.yaml")]
    [InlineData("control_flow_workbook/control_flow_workbook.yaml")]
    [InlineData("test_end_with_action.yaml")]
    [InlineData("save_storage_test/create_tables.yaml")]
    public void A_real_playbook_runs_as_expected(string file)
    {
        var source = File.ReadAllText(TestEnvironment.RequireShared($"{Folder}/{file}"));
        foreach (var expected in Expected(file)) Check(Play(source, expected), expected, name => name);
    }

    [Theory]
    [InlineData("hello_world/hello_world.yaml", "test_step")]
    [InlineData("control_flow_workbook/control_flow_workbook.yaml", "hot_task_a")]
    [InlineData("control_flow_workbook/control_flow_workbook.yaml", "eval_flag")]
    [InlineData("test_end_with_action.yaml", "process_data")]
    [InlineData("save_storage_test/create_tables.yaml", "create_flat_table")]
    public void Names_of_steps_mean_nothing_to_the_engine(string file, string renamed)
    {
        var source = File.ReadAllText(TestEnvironment.RequireShared($"{Folder}/{file}"))
            .Replace(renamed, "another_name", StringComparison.Ordinal);
        foreach (var expected in Expected(file))
            Check(Play(source, expected), expected, name => name == renamed ? "another_name" : name);

    }

    private static List<JsonElement> Expected(string file)
    {
        var text = File.ReadAllText(TestEnvironment.RequireShared($"{Folder}/expected.json"));
        var runs = JsonDocument.Parse(text).RootElement.EnumerateArray()
            .Where(run => run.GetProperty("file").GetString() == file).ToList();
        Assert.NotEmpty(runs);
        return runs;
    }

    /// <summary>Each task is answered with the expected result of its step; where none is given, with a map.</summary>
    private static TestRun Play(string source, JsonElement expected)
    {
        var compiled = PlaybookCompiler.Compile(source, "playbook.yaml");
        Assert.NotNull(compiled.Graph);
        var run = new TestRun(compiled.Graph with { ContentHash = "hash-1" });
        run.Started(expected.TryGetProperty("overrides", out var overrides) ? overrides.GetRawText() : null);
        for (var i = 0; i < run.Tasks.Count; i++)
        {
            var step = run.Tasks[i].Step;
            var original = step == "another_name" ? null : step;
            run.Complete(step, ResultOf(expected, original) ?? Unnamed(expected, compiled.Graph) ?? """{"status":"success"}""");
        }
        return run;
    }

    private static string? ResultOf(JsonElement expected, string? step) =>
        step is not null && expected.GetProperty("results").TryGetProperty(step, out var result) ? result.GetRawText() : null;

    /// <summary>The expected result whose step the playbook does not have: that of the renamed one.</summary>
    private static string? Unnamed(JsonElement expected, PlaybookGraph graph)
    {
        foreach (var result in expected.GetProperty("results").EnumerateObject())
            if (graph.Find(result.Name) is null) return result.Value.GetRawText();
        return null;
    }

    private static void Check(TestRun run, JsonElement expected, Func<string, string> named)
    {
        var view = run.View();
        Assert.Equal(expected.GetProperty("status").GetString(), view.Status);
        Assert.Equal(
            expected.GetProperty("steps").EnumerateArray().Select(step => named(step.GetString()!)),
            view.Steps.Select(step => step.Step));
        foreach (var result in expected.GetProperty("results").EnumerateObject())
        {
            var step = view.Steps.Single(step => step.Step == named(result.Name));
            Assert.True(JsonElement.DeepEquals(result.Value, JsonDocument.Parse(step.Result!).RootElement));
        }
        foreach (var attempts in expected.GetProperty("attempts").EnumerateObject())
            Assert.Equal(attempts.Value.GetInt32(), view.Steps.Single(s => s.Step == named(attempts.Name)).Attempts);
        Assert.All(view.Steps, step => Assert.Equal(EventStatus.Completed, step.Status));
    }

    [Fact]
    public void What_real_steps_hand_to_their_workers_is_rendered()
    {
        TestRun Run(string file) => Play(
            File.ReadAllText(TestEnvironment.RequireShared($"{Folder}/{file}")), Expected(file)[0]);

        var hello = Run("hello_world/hello_world.yaml");
        Assert.StartsWith("""{"args":{"message":"Hello World"},"code":"async def main(message):""", hello.Task("test_step").Input,
            StringComparison.Ordinal);
        Assert.Contains("""
            "save":{"status":"success","message":"Hello World"}
            """.Trim(), hello.Fact(EventTypes.StepCompleted, "end").Meta, StringComparison.Ordinal);

        var ended = Run("test_end_with_action.yaml");
        Assert.StartsWith("""{"args":{"temp_table":"temp_session_12345","cleanup_required":true},""", ended.Task("end").Input,
            StringComparison.Ordinal);
        Assert.Equal(ended.View().Steps[^1].Result, ended.View().Result);

        var tables = Run("save_storage_test/create_tables.yaml");
        Assert.Equal("\"pg_local\"", tables.Task("create_flat_table").Auth);

        var flow = Run("control_flow_workbook/control_flow_workbook.yaml");
        Assert.StartsWith("""{"args":{"temperature_c":30},""", flow.Task("eval_flag").Input, StringComparison.Ordinal);
        using var result = JsonDocument.Parse(flow.Last.Result!);
        Assert.Equal("B", result.RootElement.GetProperty("hot_task_b").GetProperty("who").GetString());
    }
}
