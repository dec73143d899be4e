namespace KafkaFlow.Playbooks.Tests;

/// <summary>Cycles that the compiler accepts.</summary>
[Trait("tier", "fast")]
public sealed class LoopTests
{
    [Theory]
    [InlineData("next: [{when: result, step: a}, {else: b}]")]
    [InlineData("next: [{when: result, step: a}, {step: b, on_error: true}]")]
    [InlineData("next_mode: first\n  next: [{when: result, step: a}, b]")]
    [InlineData("next_mode: first\n  next: [{when: result, step: b}, {step: a}]")]
    [InlineData("next: [a, {step: b, on_error: true}]")]
    [InlineData("next: [{step: a, on_error: true}, b]")]
    public void A_step_may_follow_itself_if_its_exit_excludes_that(string next)
    {
        var graph = Compiling.Clean($"{Compiling.Head}workflow:\n- step: a\n  {next}\n- step: b\n");
        var back = Assert.Single(graph.Edges, edge => edge.IsBack);
        Assert.Equal("0 0 []", Show(Assert.Single(graph.Loops)));
        Assert.Equal((0, 0), (back.From, back.To));
        Assert.Contains(back.Index, graph.Steps[0].In);
        Assert.Contains(back.Index, graph.Steps[0].Out);
    }

    [Fact]
    public void Inner_loops_stand_before_those_around_them()
    {
        var graph = Compiling.Clean(Compiling.Head + """
            workflow:
            - step: a
              next: b
            - step: b
              next: c
            - step: c
              next: [{when: "{{ result.x }}", step: b}, {else: d}]
            - step: d
              next: [{when: "{{ c.y }}", step: a}, {else: f}]
            - step: f
              next: [{when: "{{ d.y }}", step: f}, {else: end}]
            """);
        Assert.Equal(["4 4 []", "1 1,2 [2]", "0 0,1,2,3 []"], graph.Loops.Select(Show));
        Assert.Equal([2, 4, 6], graph.Edges.Where(edge => edge.IsBack).Select(edge => edge.Index));
    }

    [Fact]
    public void Several_ways_back_to_one_step_make_one_loop()
    {
        var graph = Compiling.Clean(Compiling.Head + """
            workflow:
            - step: a
              next_mode: first
              next: [{when: result, step: b}, {else: c}]
            - step: b
              next: a
            - step: c
              next: [{when: result, step: a}]
            """);
        Assert.Equal("0 0,1,2 []", Show(Assert.Single(graph.Loops)));
        Assert.Equal([2, 3], graph.Loops[0].BackEdges);
    }

    [Fact]
    public void What_each_visit_leads_to_belongs_to_the_body()
    {
        var graph = Compiling.Clean(Compiling.Head + """
            workflow:
            - step: a
              next: [{when: result, step: a}, {step: log, each_visit: true}, {else: b}]
            - step: log
              next: [tell, count]
            - step: tell
              next: done
            - step: count
              next: done
            - step: done
            - step: b
            """);
        Assert.Equal("0 0,1,2,3,4 []", Show(Assert.Single(graph.Loops)));
    }

    [Fact]
    public void Each_visit_out_of_two_loops_belongs_to_both()
    {
        var graph = Compiling.Clean(Compiling.Head + """
            workflow:
            - step: a
              next: b
            - step: b
              next: [{when: result, step: b}, {step: log, each_visit: true}, {else: c}]
            - step: c
              next: [{when: result, step: a}, {else: d}]
            - step: d
            - step: log
            """);
        Assert.Equal(["1 1,4 [1]", "0 0,1,2,4 []"], graph.Loops.Select(Show));
    }

    [Fact]
    public void Joins_count_no_edge_that_goes_back()
    {
        var graph = Compiling.Clean(Compiling.Head + """
            workflow:
            - step: start
              next: [x, y]
            - step: x
              next: a
            - step: y
              next: a
            - step: a
              join: {n_of: 2}
              next: [{when: result, step: a}, {else: end}]
            """);
        Assert.Equal([2, 3, 4], graph.Find("a")!.In);
    }

    [Fact]
    public void Steps_of_a_loop_see_one_another_and_themselves() => Compiling.Clean(Compiling.Head + """
        workflow:
        - step: a
          tool: mail
          args: {x: "{{ b.y }}", z: "{{ a.y }}"}
          next: b
        - step: b
          tool: mail
          args: {x: "{{ a.y }}"}
          next: [{when: result.more, step: a}, {else: end}]
        """);

    [Fact]
    public void A_cycle_that_nothing_reaches_is_no_loop()
    {
        var graph = Compiling.Graph(Compiling.Head + "workflow:\n- step: a\n- step: b\n  next: c\n- step: c\n  next: b\n");
        Assert.Empty(graph.Loops);
        Assert.DoesNotContain(graph.Edges, edge => edge.IsBack);
    }

    private static string Show(NaturalLoop loop) => $"{loop.Header} {string.Join(',', loop.Body)} [{loop.Parent}]";
}
