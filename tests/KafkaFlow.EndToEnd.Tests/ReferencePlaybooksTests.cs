using System.Text.Json.Nodes;
using KafkaFlow.Testing;

namespace KafkaFlow.EndToEnd.Tests;

/// <summary>Playbooks of the reference system end as its own table says: status, steps, attempts, results, tables.</summary>
[Trait("needs", "kafka")]
[Trait("needs", "shared")]
public sealed class ReferencePlaybooksTests(Stack stack)
{
    private static readonly string[] Files =
    [
        "hello_world/hello_world.yaml", "control_flow_workbook/control_flow_workbook.yaml", "test_end_with_action.yaml",
        "save_storage_test/create_tables.yaml",
    ];

    /// <summary>Renames of steps and constants that must not matter.</summary>
    private static readonly (string From, string To)[] Renames =
    [
        ("hot_path", "warm_route"), ("cold_path", "cool_route"), ("eval_flag", "judge"), ("test_step", "say_it"),
        ("process_data", "crunch"), ("create_flat_table", "first_table"), ("hot_task_a", "task_one"),
    ];

    public static IEnumerable<TheoryDataRow<string, int, bool>> Cases() =>
        from file in Files
        from number in Enumerable.Range(0, file.StartsWith("control", StringComparison.Ordinal) ? 3 : file.StartsWith("test_end", StringComparison.Ordinal) ? 2 : 1)
        from renamed in new[] { false, true }
        select new TheoryDataRow<string, int, bool>(file, number, renamed);

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task It_ends_as_expected(string file, int number, bool renamed)
    {
        var directory = TestEnvironment.RequireShared("noetl-playbooks");
        await stack.StartAsync();
        var cases = JsonNode.Parse(await File.ReadAllTextAsync(Path.Combine(directory, "expected.json")))!.AsArray()
            .Where(c => (string)c!["file"]! == file).ToList();
        var expected = cases[number]!;
        using var scratch = TestEnvironment.NewDirectory("playbook");
        var source = await File.ReadAllTextAsync(Path.Combine(directory, file));
        await File.WriteAllTextAsync(scratch.PathOf("playbook.yaml"), renamed ? Rename(source) : source);

        string[] sets = [.. (expected["overrides"]?.AsObject() ?? []).SelectMany(o => new[] { "--set", $"{o.Key}={o.Value!.ToJsonString()}" })];
        var (result, run) = await stack.CallAsync(["run", scratch.PathOf("playbook.yaml"), "--timeout", "60", .. sets]);

        Assert.True(result.ExitCode == 0, result.ToString());
        Assert.Equal((string)expected["status"]!, (string)run!["status"]!);
        AssertSteps(expected, run, renamed);
    }

    [Fact]
    public async Task The_tables_of_create_tables_exist_afterwards()
    {
        var directory = TestEnvironment.RequireShared("noetl-playbooks");
        var (result, _) = await stack.CallAsync(
            "run", Path.Combine(directory, "save_storage_test/create_tables.yaml"), "--timeout", "60");
        Assert.True(result.ExitCode == 0, result.ToString());
        var found = await Postgres.RowsAsync(stack.Postgres,
            "select table_name || ' ' || count(*) from information_schema.columns where table_schema = 'public' and table_name in "
            + "('simple_test_flat','simple_test_nested','test_summary') group by table_name order by 1");
        Assert.Equal(["simple_test_flat 5", "simple_test_nested 5", "test_summary 6"], found);
    }

    private static string Rename(string text) =>
        Renames.Aggregate(text, (t, r) => t.Replace(r.From, r.To, StringComparison.Ordinal));

    private static void AssertSteps(JsonNode expected, JsonNode run, bool renamed)
    {
        string Name(string name) => renamed ? Rename(name) : name;
        var steps = run["steps"]!.AsArray();
        var names = steps.Select(s => (string)s!["step"]!).ToList();
        var wanted = expected["steps"]!.AsArray().Select(s => Name((string)s!)).ToList();
        Assert.Equal(wanted.Order(), names.Order()); // parallel branches have no order between them
        Assert.Equal(wanted[0], names[0]);
        Assert.Equal(wanted[^1], names[^1]);
        foreach (var (step, attempts) in expected["attempts"]?.AsObject() ?? [])
            Assert.Equal((int)attempts!, (int)steps.Single(s => (string)s!["step"]! == Name(step))!["attempts"]!);
        foreach (var (step, value) in expected["results"]?.AsObject() ?? [])
        {
            var actual = steps.Single(s => (string)s!["step"]! == Name(step))!["result"];
            Assert.True(JsonNode.DeepEquals(value, actual), $"{step}: expected {value?.ToJsonString()}, found {actual?.ToJsonString()}");
        }
    }
}
