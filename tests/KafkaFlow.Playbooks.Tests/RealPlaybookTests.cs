using KafkaFlow.Testing;

namespace KafkaFlow.Playbooks.Tests;

[Trait("tier", "fast"), Trait("needs", "shared")]
public sealed class RealPlaybookTests
{
    [Fact]
    public void Hello_world_compiles_unchanged()
    {
        var graph = Compiling.Clean(Source("hello_world/hello_world.yaml"));
        Assert.Equal("""
            start: -
            test_step: python args {message: {{ workload.message }}}
            end: - save {storage: "event_log", args: {status: "success", message: {{ test_step.result.data.message }}}}
            start > test_step args {message: {{ workload.message }}}
            test_step > end
            """, GraphText.Of(graph));
        Assert.Equal("tests/fixtures/playbooks/hello_world", graph.Path);
        Assert.Equal("hello_world", graph.Name);
        Assert.Equal("""{"message":"Hello World"}""", graph.WorkloadJson);
        Assert.Equal(0, graph.Entry);
        Assert.Equal((12, 5), (graph.Steps[0].Line, graph.Steps[0].Column));
        var code = Assert.IsType<TemplateTree.MapNode>(graph.Find("test_step")!.Tool).Entries.Single();
        Assert.Equal("code", code.Key);
        Assert.StartsWith("async def main(message):\n    print(f\"HELLO_WORLD: {message}\")\n",
            Assert.IsType<TemplateTree.Literal>(code.Value).Value.AsString, StringComparison.Ordinal);
    }

    [Fact]
    public void Control_flow_workbook_compiles_unchanged()
    {
        var graph = Compiling.Clean(Source("control_flow_workbook/control_flow_workbook.yaml"));
        Assert.Equal("""
            start: -
            eval_flag: python args {temperature_c: {{ workload.temperature_c }}}
            hot_path: -
            hot_task_a: python
            hot_task_b: python
            cold_path: -
            cold_task: python
            end: -
            start > eval_flag
            eval_flag > hot_path when {{ result.is_hot == true }}
            eval_flag > cold_path when {{ result.is_hot == false }}
            hot_path > hot_task_a
            hot_path > hot_task_b
            hot_task_a > end
            hot_task_b > end
            cold_path > cold_task
            cold_task > end
            """, GraphText.Of(graph));
        Assert.Equal([5, 6, 8], graph.Find("end")!.In);
        Assert.Equal([1, 2], graph.Find("eval_flag")!.Out);
        Assert.Equal("""{"temperature_c":30}""", graph.WorkloadJson);
    }

    [Fact]
    public void End_with_action_compiles_unchanged()
    {
        var graph = Compiling.Clean(Source("test_end_with_action.yaml"));
        Assert.Equal("""
            start: -
            process_data: python
            end: python
            start > process_data
            process_data > end args {temp_table: {{ process_data.data.temp_table }}, cleanup_required: {{ workload.cleanup_required }}}
            """, GraphText.Of(graph));
        Assert.Equal("""{"cleanup_required":true}""", graph.WorkloadJson);
    }

    [Fact]
    public void Create_tables_compiles_unchanged()
    {
        var graph = Compiling.Clean(Source("save_storage_test/create_tables.yaml"));
        Assert.Equal("""
            start: -
            create_flat_table: postgres auth {{ workload.pg_auth }}
            create_nested_table: postgres auth {{ workload.pg_auth }}
            create_summary_table: postgres auth {{ workload.pg_auth }}
            end: -
            start > create_flat_table
            create_flat_table > create_nested_table
            create_nested_table > create_summary_table
            create_summary_table > end
            """, GraphText.Of(graph));
        var command = Assert.IsType<TemplateTree.MapNode>(graph.Find("create_flat_table")!.Tool).Entries.Single();
        Assert.Equal("command", command.Key);
        Assert.StartsWith("CREATE TABLE IF NOT EXISTS simple_test_flat (\n  test_id VARCHAR(255) PRIMARY KEY,",
            Assert.IsType<TemplateTree.Literal>(command.Value).Value.AsString, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("hello_world/hello_world.yaml", "test_step", "greet_them", "Hello World", "Guten Tag")]
    [InlineData("control_flow_workbook/control_flow_workbook.yaml", "hot_task_a", "zz", "temperature_c", "celsius")]
    [InlineData("control_flow_workbook/control_flow_workbook.yaml", "eval_flag", "Check-1", "compute_flag", "calc")]
    [InlineData("test_end_with_action.yaml", "process_data", "p", "cleanup_required", "tidy")]
    [InlineData("save_storage_test/create_tables.yaml", "create_nested_table", "second", "pg_auth", "db")]
    public void Renamed_steps_and_changed_constants_give_the_renamed_graph(
        string file, string step, string renamed, string constant, string changed)
    {
        var original = Source(file);
        var graph = Compiling.Clean(Change(original));
        Assert.Equal(Change(GraphText.Of(Compiling.Clean(original))), GraphText.Of(graph));
        Assert.Equal(Change(Compiling.Clean(original).WorkloadJson), graph.WorkloadJson);

        string Change(string text) => text.Replace(step, renamed, StringComparison.Ordinal)
            .Replace(constant, changed, StringComparison.Ordinal);
    }

    private static string Source(string file) =>
        File.ReadAllText(TestEnvironment.RequireShared(Path.Combine("noetl-playbooks", file)));
}
