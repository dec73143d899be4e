using KafkaFlow.Contracts;

namespace KafkaFlow.Engine.Tests;

/// <summary>What comes first of all that one command sets off: docs/semantics.md section 1.</summary>
[Trait("tier", "fast")]
public sealed class OrderTests
{
    [Fact]
    public void Steps_begin_in_document_order_then_loops_in_the_order_they_began_whatever_their_names()
    {
        var run = YamlRun.Of("""
            - step: start
              next: [zoo, ant, last]
            - step: zoo
              tool: iterator
              collection: [1, 2]
              task: {tool: transform, value: "{{ item }}"}
              next: behind
            - step: ant
              tool: echo
              while: {condition: 'true'}
            - {step: behind, tool: echo}
            - {step: last, tool: echo}
            """).Started();
        Assert.Equal(["start#1", "zoo#1", "ant#1", "last#1", "zoo#1[0]", "zoo#1[1]", "behind#1", "ant#1[0]"],
            run.Facts.Where(fact => fact.Status == EventStatus.Running
                && fact.EventType is EventTypes.StepStarted or EventTypes.LoopIteration
                && fact.Status == EventStatus.Running).Select(fact => fact.Activation));
    }

    [Fact]
    public void A_failure_that_closes_the_run_leaves_what_would_have_come_after_it()
    {
        var run = YamlRun.Of("""
            - step: start
              next: [zoo, ant]
            - step: zoo
              tool: iterator
              collection: [1]
              task: {tool: transform, value: "{{ item }}"}
              next: [{when: "{{ result.k > 0 }}", step: behind}]
            - step: ant
              tool: echo
              while: {condition: 'true'}
            - {step: behind, tool: echo}
            """).Started();
        Assert.Equal((EventTypes.ExecutionFailed, "no_such_key"), (run.Last.EventType, run.Last.ErrorOf().Code));
        Assert.DoesNotContain(run.Facts, fact => fact.Activation == "ant#1[0]");
    }

    /// <summary>Behind the last skipped step of a loop's body its exit opens, and leads to a step before others.</summary>
    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(7)]
    public void A_decision_that_is_cut_does_what_it_would_have_done_in_one(int factsPerDecision)
    {
        const string Flow = """
            - step: a
              tool: echo
              next_mode: first
              next: [b, {on_error: true, step: loop}, {on_error: true, step: far}]
            - {step: b, next: [{step: loop, on_error: true}, out]}
            - step: loop
              next: [{step: each, each_visit: true}, {step: loop}, {step: out, on_error: true}]
            - {step: out, next: [{when: "result.k > 7", step: far}]}
            - {step: each}
            - {step: far}
            """;
        var whole = YamlRun.Of(Flow).Started().Done("a#1", "7");
        var cut = YamlRun.Of(Flow, settings: new() { MaxFactsPerDecision = factsPerDecision }).Started().Done("a#1", "7");
        Assert.True(cut.Settle() > 0);
        Assert.Equal(EventTypes.ExecutionFailed, whole.Last.EventType);
        Assert.DoesNotContain("far#1", whole.Facts.Select(fact => fact.Activation));
        Assert.Equal(whole.Since(0), cut.Since(0));
    }
}
