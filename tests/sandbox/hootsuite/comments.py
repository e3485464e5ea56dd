"""/comments: outgoing comments under review (not what customers write)."""

from . import errors
from .api import Call, endpoint
from .api_times import stamp_ms
from .errors import RestError
from .messages import reviewed
from .world import Comment


def found(call: Call, key: str) -> Comment:
    comment = call.world.comments.get(key)
    if comment is None or not call.uses(call.world.profiles[comment.profile_id]):
        raise errors.not_found("comment")
    return comment


@endpoint("GET", "/v1/comments/{comment_id}")
def get(call: Call, comment_id: str):
    comment = found(call, comment_id)
    return {
        "data": {
            "comment": comment.text,
            "createdDate": stamp_ms(comment.created),
            "creatorId": comment.creator_id,
            "creatorName": comment.creator_name,
            "id": comment.id,
            "parentId": comment.parent_id,
            "parentType": comment.parent_type,
            "reviewState": comment.state,
            "sequenceNumber": comment.sequence,
            "socialProfileId": comment.profile_id,
        }
    }


def review(call: Call, comment_id: str, state: str):
    comment = found(call, comment_id)
    if state == "REJECTED" and not isinstance(call.body.get("reason"), str):
        raise errors.schema("reason")
    reviewed(call, comment.sequence, comment.state, "Comment")
    profile = call.world.profiles[comment.profile_id]
    if not call.admin_of(profile.owner_id):
        raise RestError(4009)
    comment.sequence += 1
    comment.state = state
    call.half.platform.comment(comment, state, call.clock.now())
    return {"data": {}}


@endpoint("POST", "/v1/comments/{comment_id}/approve")
def approve(call: Call, comment_id: str):
    return review(call, comment_id, "COMPLETED")


@endpoint("POST", "/v1/comments/{comment_id}/reject")
def reject(call: Call, comment_id: str):
    return review(call, comment_id, "REJECTED")
