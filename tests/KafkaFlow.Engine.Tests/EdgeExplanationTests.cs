using KafkaFlow.Contracts;

namespace KafkaFlow.Engine.Tests;

[Trait("tier", "fast")]
public sealed class EdgeExplanationTests
{
    [Fact]
    public void A_condition_is_explained_with_the_values_it_had_when_its_step_ended()
    {
        var graph = YamlRun.Graph("""
            - step: ask
              tool: echo
              next:
              - {when: "{{ result.n > workload.least }}", step: yes}
              - {else: true, step: no}
            - step: yes
            - step: no
            """, "workload: {least: 3}");
        var run = new TestRun(graph).Started();
        run.Complete("ask", """{"n":2}""");
        var at = run.Facts.FindIndex(fact => fact.EventType == EventTypes.StepCompleted && fact.NodeId == "ask");
        var before = TestRun.Fold(run.Facts.Take(at))!;

        var edge = Assert.Single(EdgeExplanations.Of(before, run.Facts[at], graph));

        Assert.Equal(("ask#1", "yes", EdgeState.Dead), (edge.Activation, edge.To, edge.Outcome));
        Assert.Equal(false, edge.Explanation.Value.AsBool);
        Assert.Contains(edge.Explanation.Parts, part => part.Text == "result.n" && part.Value.AsInt == 2);
        Assert.Contains(edge.Explanation.Parts, part => part.Text == "workload.least" && part.Value.AsInt == 3);
        Assert.Empty(EdgeExplanations.Of(before, run.Facts[at - 1], graph));
    }
}
