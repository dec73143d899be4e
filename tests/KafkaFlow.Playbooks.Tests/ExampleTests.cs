using KafkaFlow.Testing;

namespace KafkaFlow.Playbooks.Tests;

[Trait("tier", "fast")]
public sealed class ExampleTests
{
    [Fact]
    public void Hello_compiles()
    {
        var graph = Compiling.Clean(Source("playbooks/hello.yaml"));
        Assert.Equal("examples/hello", graph.Path);
        Assert.Equal("""
            start: -
            greet: python args {name: {{ workload.name }}}
            end: -
            start > greet
            greet > end
            """, GraphText.Of(graph));
    }

    [Fact]
    public void Order_compiles()
    {
        var graph = Compiling.Clean(Source("playbooks/order.yaml"));
        Assert.Equal("examples/order", graph.Path);
        Assert.Equal(3_600_000, graph.DeadlineMs);
        Assert.Equal(30_000, graph.Find("price")!.Timeouts.AttemptMs);
        Assert.Equal("""
            start: -
            price: python args {amount: {{ workload.amount }}, unit_price: {{ workload.unit_price }}}
            reserve: python args {amount: {{ price.amount }}}
            invoice: python args {order: {{ execution_id }}, total: {{ price.total }}}
            review: python args {total: {{ price.total }}}
            end: python args {invoice: {{ invoice.number }}, reserved: {{ reserve.reserved }}, total: {{ price.total }}} binds note
            start > price
            price > reserve
            price > invoice
            price > review when {{ result.total >= workload.review_from }}
            reserve > end
            invoice > end
            review > end args {note: {{ result.note }}}
            """, GraphText.Of(graph));
    }

    [Fact]
    public void Every_playbook_in_the_documentation_compiles()
    {
        var blocks = Source("docs/playbook.md").Split("```yaml\n").Skip(1).Select(b => b.Split("\n```")[0]).ToList();
        var whole = blocks.Where(b => b.Contains("apiVersion:", StringComparison.Ordinal)).ToList();
        Assert.True(whole.Count >= 9, $"{whole.Count} whole playbooks of {blocks.Count} blocks");
        foreach (var source in whole) Compiling.Clean(source);
    }

    private static string Source(string path) => File.ReadAllText(Path.Combine(TestEnvironment.RepositoryRoot, path));
}
